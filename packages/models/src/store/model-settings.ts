import type { EncoderModel } from '../catalogue/model.js';
import { ModelRefusedError } from '../runtime/model-files.js';

/** What the caller says of the model; the rest is taken from the catalogue, then from the folder. */
export type ModelSettings = Partial<
  Pick<
    EncoderModel,
    'aliases' | 'version' | 'maxTokens' | 'pooling' | 'normalise' | 'queryPrefix' | 'documentPrefix' | 'shorterDimensions' | 'licence' | 'origin'
  >
>;

/** What only says how token vectors become the vector of a text. */
const VECTOR_SETTINGS = ['pooling', 'normalise', 'queryPrefix', 'documentPrefix', 'shorterDimensions'] as const;

/** For a model that has no use for them: who says them means another one. */
export function refuseVectorSettings(settings: ModelSettings, why: string): void {
  const idle = VECTOR_SETTINGS.filter((name) => settings[name] !== undefined);
  if (idle.length > 0) throw new ModelRefusedError(`The model in the folder ${why}: leave ${idle.join(', ')} out.`);
}

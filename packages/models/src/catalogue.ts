import { CairnError } from '@cairn/common/contracts';
import { BUILT_IN_MODEL, KNOWN_MODELS, MOCK_MODEL } from './catalogue/entries.js';
import type { KnownModel, Model, ModelName } from './catalogue/model.js';

export * from './catalogue/entries.js';
export * from './catalogue/model.js';

/** The models of every installation. Importing this loads neither ONNX Runtime nor a model. */
export const CATALOGUE: readonly Model[] = [BUILT_IN_MODEL, MOCK_MODEL];

const bears =
  (label: string) =>
  ({ id, aliases }: ModelName): boolean =>
    id === label || aliases.includes(label);

/** The model with this id or alias, letter by letter. */
export function findModel<M extends ModelName>(label: string, models: readonly M[]): M | undefined {
  return models.find(bears(label));
}

/** The entry of a model that can be fetched. */
export function findKnownModel(label: string): KnownModel | undefined {
  return KNOWN_MODELS.find(bears(label));
}

function describe({ id, aliases }: ModelName): string {
  return aliases.length === 0 ? id : `${id} (also ${aliases.join(', ')})`;
}

const LONGEST_LABEL_SHOWN = 100;

/** Like `requireModel` over all models of a system; those that were installed are only asked for when the label is none of the built-in ones. */
async function resolveModel(label: string, installed: () => Promise<readonly ModelName[]>): Promise<ModelName> {
  return findModel<ModelName>(label, CATALOGUE) ?? requireModel(label, withInstalled(await installed()));
}

/** Like `resolveModel`, for a model that reads texts; the built-in one without a label. */
export async function resolveTextModel(label: string | undefined, installed: () => Promise<readonly ModelName[]>): Promise<ModelName> {
  const model = await resolveModel(label ?? 'default', installed);
  if (model.id !== MOCK_MODEL.id) return model;
  throw new CairnError('unknown_model', 'Mock vectors are made of ids and not of a text. POST /vectors/mock makes them; leave model out here.');
}

/** Every model of a system, the built-in ones first. */
export function withInstalled<M extends ModelName>(installed: readonly M[]): (Model | M)[] {
  return [...CATALOGUE, ...installed.filter(({ id }) => findModel(id, CATALOGUE) === undefined)];
}

/** The model with this id or alias; otherwise `model_not_installed` with how to install it, or `unknown_model` with the list of those there are. */
export function requireModel<M extends ModelName>(label: string, models: readonly M[]): M {
  const model = findModel(label, models);
  if (model !== undefined) return model;
  const known = findKnownModel(label);
  if (known !== undefined) {
    throw new CairnError(
      'model_not_installed',
      `The model ${known.id} is not installed here. Whoever runs this system can install it: cairn models pull ${known.id}, then start the workers again.`,
    );
  }
  const shown = JSON.stringify(label.slice(0, LONGEST_LABEL_SHOWN));
  const installable = KNOWN_MODELS.filter(({ id }) => findModel(id, models) === undefined).map(({ id }) => id);
  const more = installable.length === 0 ? '' : ` Models that can be installed: ${installable.join(', ')}.`;
  throw new CairnError('unknown_model', `There is no model ${shown}. Models here: ${models.map(describe).join('; ')}.${more}`);
}

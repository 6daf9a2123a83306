import type { ClipFiles, KnownClip, KnownModel, ModelFile, OnnxClip } from '../catalogue/model.js';
import { findKnownModel } from '../catalogue.js';
import { type ConvertedClip, convertClip } from '../convert/convert-clip.js';
import type { ConvertedFile } from '../convert/convert-folder.js';
import type { ModelFolder } from '../convert/model-folder.js';
import { ModelRefusedError } from '../runtime/model-files.js';
import { type ModelSettings, refuseVectorSettings } from './model-settings.js';

interface ClipRequest {
  id: string;
  from: string;
  known?: KnownModel | undefined;
  settings: ModelSettings;
  quantise: boolean;
}

/** What CLIP reads of a text, where neither the caller nor the folder says. */
const CLIP_TOKENS = 77;

/** Copies the files of a CLIP-style model into `to`, and says what it is. */
export async function fillClip({ id, from, known = findKnownModel(id), settings, quantise }: ClipRequest, folder: ModelFolder, to: string): Promise<OnnxClip> {
  if (quantise) throw new ModelRefusedError('A model with towers for texts and images cannot be made small. Import it without --quantise.');
  if (known !== undefined && known.kind !== 'clip') throw new ModelRefusedError(`The model in the folder reads images, and ${known.id} does not.`);
  refuseVectorSettings(settings, 'gives one vector for a text or image');
  const converted = await convertClip(folder, to, known?.sight);
  if (known !== undefined) refuseOther(known, converted);
  const readsText = converted.files.text !== undefined;
  return {
    kind: 'clip',
    id: known?.id ?? id,
    aliases: settings.aliases ?? known?.aliases ?? [],
    version: settings.version ?? known?.version ?? 'v1',
    dimension: converted.dimension,
    shorterDimensions: [],
    inputs: readsText ? ['text', 'image'] : ['image'],
    sight: converted.sight,
    maxTokens: readsText ? (settings.maxTokens ?? known?.maxTokens ?? converted.maxTokens ?? CLIP_TOKENS) : 0,
    licence: settings.licence ?? known?.licence ?? 'not stated',
    origin: settings.origin ?? known?.origin ?? from,
    folder: to,
    files: filesOf(converted),
  };
}

function refuseOther(known: KnownClip, { dimension, files }: ConvertedClip): void {
  if (known.dimension !== dimension)
    throw new ModelRefusedError(`The model in the folder gives vectors of ${dimension} numbers, and ${known.id} has ${known.dimension}.`);
  if (known.inputs.includes('text') && files.text === undefined)
    throw new ModelRefusedError(`${known.id} reads texts too, and the folder has no tower for them: text_model.onnx, here or in onnx/. Download it too.`);
}

function filesOf({ files: { vision, text, tokenizer } }: ConvertedClip): ClipFiles<ModelFile> {
  const named = ({ path, sha256 }: ConvertedFile): ModelFile => ({ path, sha256 });
  return { vision: named(vision), ...(text && { text: named(text) }), ...(tokenizer && { tokenizer: named(tokenizer) }) };
}

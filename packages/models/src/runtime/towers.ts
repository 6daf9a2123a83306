import type { ModelSight } from '@cairn/common/contracts';
import type { EncoderModel, InstalledModel, ModelFile, OnnxClip, OnnxModel, OnnxReranker } from '../catalogue/model.js';

/** The part of a CLIP-style model that reads texts, as a model of its own. It gives one vector for a text and none for its tokens. */
export interface TextTower extends Omit<EncoderModel, 'kind' | 'pooling' | 'licence' | 'origin'> {
  kind: 'text-tower';
  folder: string;
  files: { model: ModelFile; tokenizer: ModelFile; data?: undefined };
}

/** The part that reads images. */
export interface VisionTower extends Pick<OnnxClip, 'id' | 'version' | 'dimension' | 'folder' | 'sight'> {
  kind: 'vision-tower';
  files: { model: ModelFile; data?: undefined };
}

/** What runs as one: a model, or one tower of it. */
export type RunnableModel = OnnxModel | OnnxReranker | TextTower | VisionTower;

/** How many numbers a model sees of an image: one for each pixel and colour. */
export function numbersSeen({ size, mean }: ModelSight): number {
  return mean.length * size * size;
}

function visionTowerOf({ id, version, dimension, folder, sight, files }: OnnxClip): VisionTower {
  return { kind: 'vision-tower', id, version, dimension, folder, sight, files: { model: files.vision } };
}

/** Undefined of a model that reads no texts. */
function textTowerOf({ id, version, aliases, dimension, maxTokens, shorterDimensions, folder, files }: OnnxClip): TextTower | undefined {
  const { text: model, tokenizer } = files;
  if (model === undefined || tokenizer === undefined) return undefined;
  const reading = { maxTokens, normalise: true, queryPrefix: '', documentPrefix: '' };
  return { kind: 'text-tower', id, version, aliases, dimension, shorterDimensions, ...reading, folder, files: { model, tokenizer } };
}

/** The parts of a model that are loaded each on its own: its towers, or the whole. */
export function partsOf(model: InstalledModel): RunnableModel[] {
  if (model.kind !== 'clip') return [model];
  const text = textTowerOf(model);
  return [...(text === undefined ? [] : [text]), visionTowerOf(model)];
}

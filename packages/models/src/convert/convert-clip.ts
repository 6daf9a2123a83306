import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSight } from '@cairn/common/contracts';
import type { ClipFiles } from '../catalogue/model.js';
import { dataFilesOf } from '../runtime/external-data.js';
import { pictureFeeds } from '../runtime/picture-input.js';
import { numbersSeen } from '../runtime/towers.js';
import { readClipSight } from './clip-sight.js';
import { ConversionRefusedError } from './conversion-refused.js';
import type { ConvertedFile } from './convert-folder.js';
import type { ModelFolder } from './model-folder.js';
import { openSession } from './model-session.js';
import { fileChunks, writeNewFile } from './write-file.js';

/** The files of the two towers as exporters name them, at the top or in `onnx/`. */
const TOWERS = { vision: 'vision_model.onnx', text: 'text_model.onnx' };
const TOKENIZER = 'tokenizer.json';

export interface ConvertedClip {
  files: ClipFiles<ConvertedFile>;
  dimension: number;
  /** As far as the folder says. */
  maxTokens: number | undefined;
  sight: ModelSight;
}

/** Whether the folder holds a CLIP-style model: one with a tower for images. */
export async function isClip(folder: ModelFolder): Promise<boolean> {
  return (await findTower(folder, 'vision')) !== undefined;
}

async function findTower(folder: ModelFolder, tower: keyof typeof TOWERS): Promise<string | undefined> {
  return (await folder.find(TOWERS[tower])) ?? (await folder.find(join('onnx', TOWERS[tower])));
}

/** Copies the towers of a published CLIP-style model, and tells what the folder says of them; `sight` is how it sees, where the caller knows that. */
export async function convertClip(folder: ModelFolder, to: string, sight: ModelSight | undefined): Promise<ConvertedClip> {
  const vision = (await findTower(folder, 'vision')) as string;
  const text = await findTower(folder, 'text');
  const seen = sight ?? (await readClipSight(folder));
  const dimension = await dimensionOf(vision, seen);
  const files: ClipFiles<ConvertedFile> = { vision: await copy(vision, to, TOWERS.vision) };
  if (text !== undefined) {
    const tokenizer = await folder.require(TOKENIZER, 'Without it no text can be read. Download it too.');
    await folder.readObject(TOKENIZER);
    Object.assign(files, { text: await copy(text, to, TOWERS.text), tokenizer: await copy(tokenizer, to, TOKENIZER) });
  }
  return { files, dimension, maxTokens: await textLengthOf(folder), sight: seen };
}

async function copy(path: string, to: string, name: string): Promise<ConvertedFile> {
  if (name !== TOKENIZER) await refuseData(path, name);
  return { path: name, ...(await writeNewFile(join(to, name), await fileChunks(path))) };
}

async function refuseData(path: string, name: string): Promise<void> {
  if (isWhole(await readFile(path))) return;
  throw new ConversionRefusedError(`${name} is not a whole ONNX file: the tower of a model must have all its weights in it.`);
}

function isWhole(onnx: Uint8Array): boolean {
  try {
    return dataFilesOf(onnx).size === 0;
  } catch {
    return false;
  }
}

async function dimensionOf(path: string, sight: ModelSight): Promise<number> {
  const session = await openSession(path);
  try {
    const blank = { pixels: new Float32Array(numbersSeen(sight)), count: 1 };
    const { image_embeds: output } = await session.run(pictureFeeds(blank, sight)).catch((cause) => {
      throw new ConversionRefusedError(`${TOWERS.vision} cannot read an image of ${sight.size} x ${sight.size} pixels as pixel_values.`, { cause });
    });
    const dimension = output?.dims.at(-1);
    if (dimension === undefined) throw new ConversionRefusedError(`${TOWERS.vision} gives ${session.outputNames.join(', ')}; image_embeds is needed.`);
    return dimension;
  } finally {
    await session.release();
  }
}

async function textLengthOf(folder: ModelFolder): Promise<number | undefined> {
  const text = (await folder.readObject('config.json'))?.text_config as { max_position_embeddings?: unknown } | undefined;
  const most = text?.max_position_embeddings;
  return Number.isSafeInteger(most) && (most as number) > 0 ? (most as number) : undefined;
}

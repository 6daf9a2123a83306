import { readdir } from 'node:fs/promises';
import { ConversionRefusedError } from './conversion-refused.js';
import type { ModelFolder } from './model-folder.js';

export interface FoundWeights {
  kind: 'onnx' | 'safetensors';
  path: string;
  /** Its name inside the folder. */
  name: string;
}

const ONNX = ['model.onnx', 'onnx/model.onnx'];
const SAFETENSORS = 'model.safetensors';
const PICKLED = /\.(bin|pt|pth|ckpt|pkl)$/;

/** Why the folder holds no weights that can be read, and what to do. */
async function whyNone({ root }: ModelFolder): Promise<string> {
  const names = await readdir(root);
  if (names.includes(`${SAFETENSORS}.index.json`))
    return 'The weights are cut into several safetensors files. Save them as one: save_pretrained(..., max_shard_size="2GB").';
  const pickled = names.find((name) => PICKLED.test(name));
  if (pickled === undefined) return `The folder has none of ${[...ONNX, SAFETENSORS].join(', ')}.`;
  return (
    `The folder has its weights only as ${pickled}. That is a pickled file: to open it is to run whatever program it holds, so Cairn never does. ` +
    'Take the model.safetensors that most publishers offer beside it, or make one where that is no danger: AutoModel.from_pretrained(folder).save_pretrained(copy).'
  );
}

/** The folder's weights: an ONNX file before the safetensors, since it needs no building. */
export async function findWeights(folder: ModelFolder): Promise<FoundWeights> {
  for (const name of ONNX) {
    const path = await folder.find(name);
    if (path !== undefined) return { kind: 'onnx', path, name };
  }
  const path = await folder.find(SAFETENSORS);
  if (path !== undefined) return { kind: 'safetensors', path, name: SAFETENSORS };
  throw new ConversionRefusedError(await whyNone(folder));
}

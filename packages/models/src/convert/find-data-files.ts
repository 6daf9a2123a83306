import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { dataFilesOf, ExternalDataError } from '../runtime/external-data.js';
import { ConversionRefusedError } from './conversion-refused.js';
import type { FoundWeights } from './find-weights.js';
import type { ModelFolder } from './model-folder.js';

/** A file that holds values of the model. */
export interface FoundData {
  /** As the model's file calls it. */
  name: string;
  path: string;
}

function namedBy({ name }: FoundWeights, onnx: Uint8Array): [name: string, size: number][] {
  try {
    return [...dataFilesOf(onnx)];
  } catch (cause) {
    if (!(cause instanceof ExternalDataError)) throw cause;
    throw new ConversionRefusedError(
      `${name} keeps data in other files, and not in a way that is allowed: ${cause.message}. Save the model as one ONNX file without external data.`,
      { cause },
    );
  }
}

/** The files beside the ONNX file that it keeps values in: plain files of the same folder, and long enough. */
export async function findDataFiles(folder: ModelFolder, weights: FoundWeights, onnx: Uint8Array): Promise<FoundData[]> {
  const found: FoundData[] = [];
  for (const [name, size] of namedBy(weights, onnx)) {
    const path = join(dirname(weights.path), name);
    await folder.require(join(dirname(weights.name), name), `${weights.name} keeps data in it. Download it too.`);
    const file = await lstat(path);
    if (!file.isFile())
      throw new ConversionRefusedError(`${name} is a link. Copy the file itself into the folder: \`cp -rL <folder> <copy>\` follows the links.`);
    if (file.size < size)
      throw new ConversionRefusedError(`${name} has ${file.size} bytes, and ${weights.name} asks for the first ${size}. Download it again.`);
    found.push({ name, path });
  }
  return found;
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { DataFile, InstalledModel, ModelFile } from '../catalogue/model.js';
import { checkDataFile, DataFileError, readDataFile } from './data-file.js';
import { dataFilesOf, ExternalDataError } from './external-data.js';
import { partsOf, type RunnableModel, type VisionTower } from './towers.js';

/** The model cannot be used as it is; trying again changes nothing. */
export class ModelRefusedError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ModelRefusedError';
  }
}

const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

export function folderOf(model: Pick<RunnableModel, 'folder'>): string {
  return isAbsolute(model.folder) ? model.folder : join(PACKAGE_FOLDER, model.folder);
}

export const pathOf = (model: RunnableModel, file: ModelFile): string => join(folderOf(model), file.path);

function refuseUnreadable(model: RunnableModel, file: ModelFile, cause: unknown): never {
  throw new ModelRefusedError(`The file ${file.path} of model ${model.id} cannot be read. Restore it at ${pathOf(model, file)}.`, { cause });
}

function compareHash(model: RunnableModel, file: ModelFile, sha256: string): void {
  if (sha256 === file.sha256) return;
  throw new ModelRefusedError(
    `The file ${file.path} of model ${model.id} is not the one the catalogue names: expected SHA-256 ${file.sha256}, found ${sha256}. Restore it at ${pathOf(model, file)}.`,
  );
}

/** The file's bytes, read once and only if they are the ones the catalogue names: nothing can change between the check and the use. */
async function readVerified(model: RunnableModel, file: ModelFile): Promise<Buffer> {
  const bytes = await readFile(pathOf(model, file)).catch((cause) => refuseUnreadable(model, file, cause));
  compareHash(model, file, createHash('sha256').update(bytes).digest('hex'));
  return bytes;
}

/** A model's file, and the files beside it that hold values of it, as ONNX Runtime takes them. */
export interface ModelBytes {
  graph: Buffer;
  data: { path: string; data: Uint8Array }[];
}

/**
 * Everything ONNX Runtime needs of a model, checked. It is given bytes and not paths, because it would open a path anew after the check.
 * While it loads, the data is in memory twice: it copies what it is given. Afterwards once, as it is when it opens the file itself.
 */
export async function readModelFile(model: RunnableModel): Promise<ModelBytes> {
  const graph = await readVerified(model, model.files.model);
  const data: ModelBytes['data'] = [];
  for (const file of dataOf(model, graph)) {
    const bytes = await readDataFile(pathOf(model, file), file).catch((error) => refuseData(model, file, error));
    data.push({ path: file.path, data: bytes });
  }
  return { graph, data };
}

function refuseData(model: RunnableModel, file: DataFile, error: unknown): never {
  if (!(error instanceof DataFileError)) throw error;
  throw new ModelRefusedError(`The file ${file.path} of model ${model.id} ${error.message}. Restore it at ${pathOf(model, file)}.`, { cause: error });
}

/** The data files that the model's file speaks of: all of them must be named, and long enough. */
function dataOf(model: RunnableModel, graph: Buffer): DataFile[] {
  const refuse = (reason: string) => {
    throw new ModelRefusedError(`The file ${model.files.model.path} of model ${model.id} keeps data in other files, and that is not allowed: ${reason}.`);
  };
  return [...reachesOf(graph, refuse)].map(([name, size]) => {
    const file = model.files.data?.find(({ path }) => path === name);
    if (file === undefined) return refuse(`its manifest does not name ${name}`);
    return size <= file.size ? file : refuse(`it asks for the first ${size} bytes of ${name}, which has ${file.size}`);
  });
}

function reachesOf(graph: Buffer, refuse: (reason: string) => never): Map<string, number> {
  try {
    return dataFilesOf(graph);
  } catch (error) {
    if (error instanceof ExternalDataError) return refuse(error.message);
    throw error;
  }
}

export async function readTokenizerFile(model: Exclude<RunnableModel, VisionTower>): Promise<unknown> {
  return JSON.parse((await readVerified(model, model.files.tokenizer)).toString('utf8'));
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Compares the files with the hashes of the catalogue, without loading them whole. */
export async function checkFiles(model: InstalledModel): Promise<void> {
  for (const part of partsOf(model)) await checkFilesOf(part);
}

async function checkFilesOf(part: RunnableModel): Promise<void> {
  const { data = [], model, ...others } = part.files;
  for (const file of [model, ...Object.values(others)]) {
    compareHash(part, file, await sha256Of(pathOf(part, file)).catch((cause) => refuseUnreadable(part, file, cause)));
  }
  for (const file of data) await checkDataFile(pathOf(part, file), file).catch((error) => refuseData(part, file, error));
}

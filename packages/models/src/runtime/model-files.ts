import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { InstalledModel, ModelFile } from '../catalogue/model.js';
import { hasExternalData } from './external-data.js';

/** The model cannot be used as it is; trying again changes nothing. */
export class ModelRefusedError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ModelRefusedError';
  }
}

const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

export function folderOf(model: InstalledModel): string {
  return isAbsolute(model.folder) ? model.folder : join(PACKAGE_FOLDER, model.folder);
}

export const pathOf = (model: InstalledModel, file: ModelFile): string => join(folderOf(model), file.path);

function refuseUnreadable(model: InstalledModel, file: ModelFile, cause: unknown): never {
  throw new ModelRefusedError(`The file ${file.path} of model ${model.id} cannot be read. Restore it at ${pathOf(model, file)}.`, { cause });
}

function compareHash(model: InstalledModel, file: ModelFile, sha256: string): void {
  if (sha256 === file.sha256) return;
  throw new ModelRefusedError(
    `The file ${file.path} of model ${model.id} is not the one the catalogue names: expected SHA-256 ${file.sha256}, found ${sha256}. Restore it at ${pathOf(model, file)}.`,
  );
}

/** The file's bytes, read once and only if they are the ones the catalogue names: nothing can change between the check and the use. */
async function readVerified(model: InstalledModel, file: ModelFile): Promise<Buffer> {
  const bytes = await readFile(pathOf(model, file)).catch((cause) => refuseUnreadable(model, file, cause));
  compareHash(model, file, createHash('sha256').update(bytes).digest('hex'));
  return bytes;
}

export async function readModelFile(model: InstalledModel): Promise<Buffer> {
  const bytes = await readVerified(model, model.files.model);
  if (hasExternalData(bytes))
    throw new ModelRefusedError(`The file ${model.files.model.path} of model ${model.id} keeps data in other files; that is not allowed.`);
  return bytes;
}

export async function readTokenizerFile(model: InstalledModel): Promise<unknown> {
  return JSON.parse((await readVerified(model, model.files.tokenizer)).toString('utf8'));
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Compares the files with the hashes of the catalogue, without loading them whole. */
export async function checkFiles(model: InstalledModel): Promise<void> {
  for (const file of Object.values(model.files)) {
    compareHash(model, file, await sha256Of(pathOf(model, file)).catch((cause) => refuseUnreadable(model, file, cause)));
  }
}

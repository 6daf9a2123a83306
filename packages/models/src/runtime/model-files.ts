import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelFile, OnnxModel } from '../catalogue.js';
import { hasExternalData } from './external-data.js';

/** The model cannot be used as it is; trying again changes nothing. */
export class ModelRefusedError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ModelRefusedError';
  }
}

const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

function folderOf(model: OnnxModel): string {
  return isAbsolute(model.folder) ? model.folder : join(PACKAGE_FOLDER, model.folder);
}

/** The file's bytes, read once and only if they are the ones the catalogue names: nothing can change between the check and the use. */
async function readVerified(model: OnnxModel, file: ModelFile): Promise<Buffer> {
  const path = join(folderOf(model), file.path);
  const bytes = await readFile(path).catch((cause) => {
    throw new ModelRefusedError(`The file ${file.path} of model ${model.id} cannot be read. Restore it at ${path}.`, { cause });
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === file.sha256) return bytes;
  throw new ModelRefusedError(
    `The file ${file.path} of model ${model.id} is not the one the catalogue names: expected SHA-256 ${file.sha256}, found ${sha256}. Restore it at ${path}.`,
  );
}

export async function readModelFile(model: OnnxModel): Promise<Buffer> {
  const bytes = await readVerified(model, model.files.model);
  if (hasExternalData(bytes))
    throw new ModelRefusedError(`The file ${model.files.model.path} of model ${model.id} keeps data in other files; that is not allowed.`);
  return bytes;
}

export async function readTokenizerFile(model: OnnxModel): Promise<unknown> {
  return JSON.parse((await readVerified(model, model.files.tokenizer)).toString('utf8'));
}

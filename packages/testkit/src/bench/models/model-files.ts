import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_MODEL, type OnnxModel } from '@cairn/models';

export const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));

/** The built-in model with another file for its weights; same tokenizer, same pooling. */
export function modelOfFile(path: string, changes: Partial<OnnxModel> = {}): OnnxModel {
  if (!isAbsolute(path)) throw new Error(`${path}: the path of a model must be absolute`);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  const { tokenizer } = BUILT_IN_MODEL.files;
  const files = { model: { path, sha256 }, tokenizer: { path: `${BUILT_IN_FOLDER}${tokenizer.path}`, sha256: tokenizer.sha256 } };
  return { ...BUILT_IN_MODEL, folder: '/', files, ...changes };
}

/** The published file, which is too large for the repository. */
export function fp32Model(): OnnxModel | undefined {
  const path = process.env.BENCH_FP32_MODEL;
  return path ? modelOfFile(path) : undefined;
}

/** Where the model's file lies. */
export function weightsOf(model: OnnxModel): string {
  const { path } = model.files.model;
  return isAbsolute(path) ? path : `${BUILT_IN_FOLDER}${path}`;
}

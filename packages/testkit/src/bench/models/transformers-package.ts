import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BUILT_IN_MODEL } from '@cairn/models';
import { BUILT_IN_FOLDER } from './model-files.js';

export const TRANSFORMERS = '@huggingface/transformers';
export const TRANSFORMERS_VERSION = '4.3.1';
const FOLDER = fileURLToPath(new URL(`../../../../../.cache/transformers-${TRANSFORMERS_VERSION}/`, import.meta.url));
const FLAGS = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
/** The published tokenizer_config.json, as far as it is read. */
const TOKENIZER = {
  tokenizer_class: 'BertTokenizer',
  do_lower_case: true,
  model_max_length: BUILT_IN_MODEL.maxTokens,
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};
const PATIENCE_MS = 300_000;

/**
 * The folder that transformers.js is installed in: half a gigabyte with libraries of its own, so it is no dependency of the workspace
 * but fetched when it is measured. Rejects when npm cannot fetch it.
 */
export async function installTransformers(log: (line: string) => void): Promise<string> {
  const done = join(FOLDER, 'installed');
  if (existsSync(done)) return FOLDER;
  log(`fetching ${TRANSFORMERS} ${TRANSFORMERS_VERSION}, about 470 MB, into .cache`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{"private":true}');
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
  await promisify(execFile)('npm', ['install', '--prefix', FOLDER, ...FLAGS, `${TRANSFORMERS}@${TRANSFORMERS_VERSION}`], {
    cwd: FOLDER,
    env,
    timeout: PATIENCE_MS,
  });
  writeFileSync(done, '');
  return FOLDER;
}

/** The model's file and our tokenizer laid out as transformers.js looks for them; answers the folder above. */
export function layOutModel(weights: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-transformers-'));
  mkdirSync(join(folder, 'model', 'onnx'), { recursive: true });
  for (const name of ['config.json', 'tokenizer.json']) symlinkSync(join(BUILT_IN_FOLDER, name), join(folder, 'model', name));
  writeFileSync(join(folder, 'model', 'tokenizer_config.json'), JSON.stringify(TOKENIZER));
  symlinkSync(weights, join(folder, 'model', 'onnx', 'model.onnx'));
  return folder;
}

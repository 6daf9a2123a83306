// What the sentence-transformers library writes beside a model: how token vectors become the vector of a text.
import { join } from 'node:path/posix';
import type { Pooling } from '../runtime/pooling.js';
import { ConversionRefusedError } from './conversion-refused.js';
import type { ModelFolder } from './model-folder.js';

export interface SentenceSettings {
  pooling?: Pooling;
  normalise?: boolean;
  /** The longest text in tokens that its makers use it for; the model may read more. */
  maxTokens?: number;
}

const POOLINGS: Readonly<Record<string, Pooling>> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_lasttoken: 'last',
};
const POOLING_NAMES: Readonly<Record<string, Pooling>> = { cls: 'cls', mean: 'mean', lasttoken: 'last' };
const KNOWN_MODULES = ['Transformer', 'Pooling', 'Normalize'];

interface Module {
  kind: string;
  path: string;
}

async function readModules(folder: ModelFolder): Promise<Module[] | undefined> {
  const list = await folder.readJson('modules.json');
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw new ConversionRefusedError('modules.json holds no list.');
  const modules = list.map((entry) => ({ kind: String(entry?.type).split('.').at(-1) ?? '', path: String(entry?.path ?? '') }));
  const unknown = modules.find(({ kind }) => !KNOWN_MODULES.includes(kind));
  if (unknown === undefined) return modules;
  throw new ConversionRefusedError(
    `modules.json asks for a module ${unknown.kind}, without which the vectors would be others. Supported are: ${KNOWN_MODULES.join(', ')}.`,
  );
}

function poolingOf(config: Readonly<Record<string, unknown>>): Pooling {
  const named = typeof config.pooling_mode === 'string' ? [config.pooling_mode] : [];
  const modes = [...named, ...Object.keys(config).filter((name) => name.startsWith('pooling_mode_') && config[name] === true)];
  const pooling = POOLINGS[modes[0] ?? ''] ?? POOLING_NAMES[modes[0] ?? ''];
  if (modes.length === 1 && pooling !== undefined) return pooling;
  throw new ConversionRefusedError(
    `The pooling ${modes.join(' with ') || '(none)'} is not supported. Supported are: ${Object.keys(POOLINGS).join(', ')}, one of them.`,
  );
}

/** As far as the folder says; the caller asks for the rest. */
export async function readSentenceSettings(folder: ModelFolder): Promise<SentenceSettings> {
  const modules = await readModules(folder);
  const poolingPath = modules?.find(({ kind }) => kind === 'Pooling')?.path ?? '1_Pooling';
  const pooling = await folder.readObject(join(poolingPath, 'config.json'));
  const longest = (await folder.readObject('sentence_bert_config.json'))?.max_seq_length;
  return {
    ...(pooling && { pooling: poolingOf(pooling) }),
    ...(modules && { normalise: modules.some(({ kind }) => kind === 'Normalize') }),
    ...(Number.isSafeInteger(longest) && { maxTokens: longest as number }),
  };
}

import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  BUILT_IN_MODEL,
  type ClipModel,
  type EncoderModel,
  type InstalledModel,
  KNOWN_MODELS,
  type KnownModel,
  type RerankerModel,
  reads,
  requireModel,
} from '@cairn/models/catalogue';
import type { Installed, ModelSettings } from '@cairn/models/install';
import { UsageError } from './connection.js';
import type { Progress } from './progress.js';

const OPTIONS = {
  id: { type: 'string' },
  alias: { type: 'string', multiple: true },
  version: { type: 'string' },
  pooling: { type: 'string' },
  'max-tokens': { type: 'string' },
  'query-prefix': { type: 'string' },
  'document-prefix': { type: 'string' },
  'no-normalise': { type: 'boolean' },
  licence: { type: 'string' },
  quantise: { type: 'boolean' },
  offline: { type: 'boolean' },
} as const;

const POOLINGS = ['mean', 'cls', 'last'] as const;

export const MODELS_USAGE = `cairn models <command>

  list                        models that are built in, installed, and known
  pull <id> [--quantise] [--offline]
                              fetch a known model from the hub and install it
  import <folder> --id <name> install a model from a folder: ONNX, or safetensors of a BERT, RoBERTa or MPNet;
                              a cross-encoder with one label becomes a reranker, vision_model.onnx and text_model.onnx a CLIP
         [--quantise]         in the 8-bit form, a quarter of the size and about twice as fast
         [--pooling mean|cls|last] [--no-normalise] [--max-tokens N] [--query-prefix TEXT] [--document-prefix TEXT]
         [--alias NAME]… [--version V] [--licence NAME]
  verify [id…]                compare the files with their hashes, and try what every model must keep
  rm <id>                     remove an installed model

Models lie in MODELS_DIR, or in .cairn/models. Start the workers again afterwards.
HF_ENDPOINT names another hub, or a mirror. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.
`;

interface Request {
  words: string[];
  options: ReturnType<typeof parse>['values'];
  folder: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
}

type Verb = (request: Request) => Promise<string>;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]}\n\n${MODELS_USAGE}`);
  }
}

/** Everything about models on this machine. Needs no running system. */
export async function runModels(args: string[], env: NodeJS.ProcessEnv, progress: Progress): Promise<string> {
  const { values: options, positionals } = parse(args);
  const [name = 'help', ...words] = positionals;
  const verb = VERBS[name];
  if (verb === undefined) {
    if (name === 'help') return MODELS_USAGE;
    throw new UsageError(`There is no command "models ${name}".\n\n${MODELS_USAGE}`);
  }
  const folder = resolve(env.MODELS_DIR || join(env.CAIRN_HOME || '.cairn', 'models'));
  return verb({ words, options, folder, env, progress });
}

async function storeOf({ folder }: Request) {
  const { ModelStore } = await import('@cairn/models');
  return new ModelStore(folder);
}

const list: Verb = async (request) => {
  const { models, refused } = await (await storeOf(request)).list();
  const installed = [BUILT_IN_MODEL, ...models];
  const line = (state: string, model: ListableModel) =>
    `${model.id.padEnd(26)} ${state.padEnd(10)} ${givenBy(model).padStart(13)} ${String(model.maxTokens).padStart(6)} tokens  ${model.licence}${model.kind === 'clip' ? `, ${readBy(model)}` : ''}`;
  return [
    ...installed.map((model) => line(model === BUILT_IN_MODEL ? 'built in' : 'installed', model)),
    ...KNOWN_MODELS.filter(({ id }) => !installed.some((model) => model.id === id)).map((model) => line('known', model)),
    ...refused.map(({ name, reason }) => `${name.padEnd(26)} refused     ${reason}`),
  ].join('\n');
};

type ListableModel = EncoderModel | RerankerModel | ClipModel;

/** What the model gives, for people. */
function givenBy(model: ListableModel): string {
  return model.kind === 'reranker' ? 'reranker' : `${model.dimension} numbers`;
}

const pull: Verb = async (request) => {
  const known = knownOf(only(request, 'pull <id>'));
  const [{ pullModel }, store] = [await import('@cairn/models/install'), await storeOf(request)];
  const { options, env, progress } = request;
  const installed = await pullModel(store, known, {
    quantise: options.quantise ?? false,
    offline: options.offline ?? false,
    hub: env.HF_ENDPOINT,
    env,
    onDownload: (file, received, total) => progress.show(`fetching ${file}`, received, total, 'bytes'),
    onProgress: (stage, fraction) => progress.show(STAGES[stage], fraction, 1),
  });
  return told(installed);
};

const importFolder: Verb = async (request) => {
  const from = only(request, 'import <folder> --id <name>');
  const { options, progress } = request;
  if (options.id === undefined) throw new UsageError('Say what the model is called here: cairn models import <folder> --id <name>');
  const [{ installModel }, store] = [await import('@cairn/models/install'), await storeOf(request)];
  const installed = await installModel(store, {
    from: resolve(from),
    id: options.id,
    settings: settingsOf(options),
    quantise: options.quantise ?? false,
    onProgress: (stage, fraction) => progress.show(STAGES[stage], fraction, 1),
  });
  return told(installed);
};

const verify: Verb = async (request) => {
  const { assertConforms } = await import('@cairn/models');
  const store = await storeOf(request);
  const { models, refused } = await store.list();
  if (request.words.length === 0 && refused.length > 0) throw new Error(refused.map(({ reason }) => reason).join('\n'));
  const wanted = request.words.length === 0 ? [BUILT_IN_MODEL, ...models] : request.words.map((word) => requireModel(word, [BUILT_IN_MODEL, ...models]));
  const lines: string[] = [];
  for (const [at, model] of wanted.entries()) {
    request.progress.show(`trying ${model.id}`, at, wanted.length);
    const { batchDifference } = await assertConforms(model);
    lines.push(`${model.id.padEnd(26)} good: files as installed, ${givenBy(model)}, ${batchDifference.toExponential(0)} between a text alone and in company`);
  }
  return lines.join('\n');
};

const remove: Verb = async (request) => {
  const id = only(request, 'rm <id>');
  const store = await storeOf(request);
  const { models } = await store.list();
  if (!(await store.remove(id))) throw new Error(`There is no installed model ${id}. cairn models list shows those there are.`);
  if (models.some((model) => model.id === id && model.kind === 'reranker')) return `${id} is removed. Start the workers again.`;
  return `${id} is removed. Vectors made by it stay, and need it to be searched: start the workers again when none of them is needed.`;
};

const VERBS: Record<string, Verb> = { list, pull, import: importFolder, verify, rm: remove };

const STAGES = {
  build: 'building the graph',
  calibrate: 'measuring activations',
  quantise: 'making 8 bits',
  write: 'writing',
  try: 'trying',
  conformance: 'trying what every model must keep',
};

function only({ words }: Request, usage: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw new UsageError(`Usage: cairn models ${usage}`);
  return word;
}

function knownOf(label: string): KnownModel {
  const known = KNOWN_MODELS.find(({ id, aliases }) => id === label || aliases.includes(label));
  if (known !== undefined) return known;
  if (label === BUILT_IN_MODEL.id || BUILT_IN_MODEL.aliases.includes(label))
    throw new UsageError(`${BUILT_IN_MODEL.id} is built in; there is nothing to fetch.`);
  throw new UsageError(
    `${label} is not a known model. Known are: ${KNOWN_MODELS.map(({ id }) => id).join(', ')}. Any other one: cairn models import <folder> --id <name>`,
  );
}

function settingsOf(options: Request['options']): ModelSettings {
  const { pooling, licence, version, alias: aliases } = options;
  const maxTokens = options['max-tokens'] === undefined ? undefined : Number(options['max-tokens']);
  if (pooling !== undefined && !POOLINGS.includes(pooling as 'mean'))
    throw new UsageError(`--pooling must be one of ${POOLINGS.join(', ')}; it is ${pooling}.`);
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && maxTokens > 0))
    throw new UsageError(`--max-tokens must be a whole number; it is ${options['max-tokens']}.`);
  const given = {
    pooling: pooling as ModelSettings['pooling'],
    licence,
    version,
    aliases,
    maxTokens,
    queryPrefix: options['query-prefix'],
    documentPrefix: options['document-prefix'],
    normalise: options['no-normalise'] ? false : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ModelSettings;
}

function told({ model, report }: Installed): string {
  const place = { onnx: '', reranker: ' in POST /v1/rerank', clip: ' in POST /vectors/embed/image' };
  return [
    `${model.id} is installed in ${model.folder}.`,
    `${givenBy(model)}, ${model.maxTokens} tokens${readingOf(model)}, from ${model.origin}`,
    `${model.kind === 'clip' ? 'A text or image' : 'A text'} alone and in company differ by ${report.batchDifference.toExponential(0)} at most.`,
    `Start the workers again, and say model: "${model.id}"${place[model.kind]}.`,
  ].join('\n');
}

function readingOf(model: InstalledModel): string {
  if (model.kind === 'reranker') return '';
  return model.kind === 'clip' ? `, ${readBy(model)}` : `, pooling ${model.pooling}`;
}

/** What a model with towers reads, for people. */
function readBy(model: ClipModel): string {
  const { size } = model.sight;
  return `images of ${size} x ${size} pixels${reads(model, 'text') ? ' and texts' : ''}`;
}

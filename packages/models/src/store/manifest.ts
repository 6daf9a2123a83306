import { BUILT_IN_MODEL, MOCK_MODEL } from '../catalogue/entries.js';
import type { InstalledModel, ModelFile } from '../catalogue/model.js';
import { findKnownModel } from '../catalogue.js';
import { isPlainName } from '../runtime/external-data.js';
import { ModelRefusedError } from '../runtime/model-files.js';

/** Lies beside the files of an installed model and says everything that the catalogue must know of it. */
export const MANIFEST = 'cairn-model.json';

type Unplaced<M> = M extends InstalledModel ? Omit<M, 'folder'> : never;
export type Manifest = Unplaced<InstalledModel> & { format: 1 };

/** Names become folders, spaces and subjects. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const KINDS = ['onnx', 'reranker', 'clip'];
const POOLINGS = ['mean', 'cls', 'last'];
const LARGEST_DIMENSION = 65_535;
const MOST_TOKENS = 131_072;
const LONGEST_PREFIX = 2_000;
const MOST_DATA_FILES = 100;
const LARGEST_SIDE = 1_024;

type Check = [field: string, isRight: (value: unknown) => boolean, rule: string];

const isText = (value: unknown, most = 200): boolean => typeof value === 'string' && value.length <= most;
const isCount = (most: number) => (value: unknown) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
const isFile = (value: unknown): boolean => {
  const { path, sha256 } = (value ?? {}) as Record<string, unknown>;
  return typeof path === 'string' && isPlainName(path) && typeof sha256 === 'string' && SHA256.test(sha256);
};
const isDataFile = (value: unknown): boolean => isFile(value) && isCount(Number.MAX_SAFE_INTEGER)((value as { size?: unknown }).size);
const isDataList = (value: unknown): boolean => Array.isArray(value) && value.length <= MOST_DATA_FILES && value.every(isDataFile);

const CHECKS: Check[] = [
  ['format', (value) => value === 1, 'must be 1'],
  ['kind', (value) => KINDS.includes(value as string), `must be one of ${KINDS.join(', ')}`],
  ['id', (value) => typeof value === 'string' && NAME.test(value), 'must be letters, digits, dots, hyphens and underscores, at most 100'],
  ['version', (value) => typeof value === 'string' && NAME.test(value), 'must be letters, digits, dots, hyphens and underscores, at most 100'],
  ['aliases', (value) => Array.isArray(value) && value.every((alias) => typeof alias === 'string' && LABEL.test(alias)), 'must be a list of names'],
  ['licence', (value) => isText(value), 'must be a text'],
  ['origin', (value) => isText(value, 500), 'must be a text'],
];

const MAX_TOKENS: Check = ['maxTokens', isCount(MOST_TOKENS), `must be a whole number from 1 to ${MOST_TOKENS}`];
const DIMENSION: Check = ['dimension', isCount(LARGEST_DIMENSION), `must be a whole number from 1 to ${LARGEST_DIMENSION}`];

/** Of a model that makes vectors. */
const VECTOR_CHECKS: Check[] = [
  MAX_TOKENS,
  DIMENSION,
  ['pooling', (value) => POOLINGS.includes(value as string), `must be one of ${POOLINGS.join(', ')}`],
  ['normalise', (value) => typeof value === 'boolean', 'must be true or false'],
  ['queryPrefix', (value) => isText(value, LONGEST_PREFIX), `must be a text of at most ${LONGEST_PREFIX} characters`],
  ['documentPrefix', (value) => isText(value, LONGEST_PREFIX), `must be a text of at most ${LONGEST_PREFIX} characters`],
  ['shorterDimensions', (value) => Array.isArray(value) && value.every(isCount(LARGEST_DIMENSION)), 'must be a list of whole numbers'],
];

const isColours = (isRight: (value: number) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number' && Number.isFinite(one) && isRight(one));
const isSight = (value: unknown): boolean => {
  const { size, mean, std } = (value ?? {}) as Record<string, unknown>;
  return isCount(LARGEST_SIDE)(size) && isColours(() => true)(mean) && isColours((one) => one > 0)(std);
};
const isInputs = (value: unknown): boolean => Array.isArray(value) && ['image', 'text,image'].includes(value.join());

/** Of a CLIP-style model. */
const CLIP_CHECKS: Check[] = [
  ['maxTokens', (value) => value === 0 || isCount(MOST_TOKENS)(value), `must be a whole number from 0 to ${MOST_TOKENS}`],
  DIMENSION,
  ['inputs', isInputs, 'must be ["text", "image"] or ["image"]'],
  ['sight', isSight, `must have a size from 1 to ${LARGEST_SIDE}, and mean and std of three colours`],
  ['shorterDimensions', (value) => Array.isArray(value) && value.length === 0, 'must be an empty list'],
];

const CHECKS_OF: Record<string, Check[]> = { onnx: VECTOR_CHECKS, reranker: [MAX_TOKENS], clip: CLIP_CHECKS };

function faultsOf(value: Record<string, unknown>): string[] {
  const checks = [...CHECKS, ...(CHECKS_OF[String(value.kind)] ?? [])];
  const faults = checks.filter(([field, isRight]) => !isRight(value[field])).map(([field, , rule]) => `${field} ${rule}`);
  const files = (value.files ?? {}) as Record<string, unknown>;
  for (const name of fileNamesOf(value)) {
    if (!isFile(files[name])) faults.push(`files.${name} must have the plain name of a file in the same folder and its SHA-256`);
  }
  return [...faults, ...(value.kind === 'clip' ? clipFaultsOf(value, files) : dataFaultsOf(files))];
}

function fileNamesOf({ kind, inputs }: Record<string, unknown>): string[] {
  if (kind !== 'clip') return ['model', 'tokenizer'];
  return Array.isArray(inputs) && inputs.includes('text') ? ['vision', 'text', 'tokenizer'] : ['vision'];
}

function clipFaultsOf(value: Record<string, unknown>, files: Record<string, unknown>): string[] {
  const expected = fileNamesOf(value);
  const names = [MANIFEST, ...expected.map((name) => (files[name] as Partial<ModelFile> | undefined)?.path)];
  return [
    ...(Object.keys(files).some((name) => !expected.includes(name)) ? [`files must be ${expected.join(', ')}`] : []),
    ...(new Set(names).size === names.length ? [] : ['files must have different names']),
  ];
}

function dataFaultsOf({ data = [], model, tokenizer }: Record<string, unknown>): string[] {
  if (!isDataList(data))
    return [`files.data must be a list of at most ${MOST_DATA_FILES} files in the same folder, each with its plain name, SHA-256 and size`];
  const names = [MANIFEST, ...[model, tokenizer, ...(data as unknown[])].map((file) => (file as Partial<ModelFile> | undefined)?.path)];
  return new Set(names).size === names.length ? [] : ['files must have different names'];
}

/** The model that a manifest describes; a ModelRefusedError with everything that is wrong with it. */
export function readManifest(text: string, where: { folder: string; name: string }): InstalledModel {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new ModelRefusedError(`${MANIFEST} of ${where.name} is not valid JSON.`, { cause });
  }
  const faults = faultsOf(value ?? {});
  if (faults.length > 0) throw new ModelRefusedError(`${MANIFEST} of ${where.name} is not right: ${faults.join('; ')}.`);
  const { format: _, ...model } = value as unknown as Manifest;
  refuseForeignNames(model, where.name);
  return { ...model, folder: where.folder };
}

/** A model that is imported may not pose as another one. */
function refuseForeignNames(model: Unplaced<InstalledModel>, name: string): void {
  if (model.id !== name) throw new ModelRefusedError(`The model in the folder ${name} calls itself ${model.id}; folder and id must be the same.`);
  for (const label of [model.id, ...model.aliases]) {
    const taken = [BUILT_IN_MODEL, MOCK_MODEL].find(({ id, aliases }) => id === label || aliases.includes(label)) ?? findKnownModel(label);
    if (taken !== undefined && taken.id !== model.id) throw new ModelRefusedError(`The model ${name} bears the name ${label}, which is that of ${taken.id}.`);
  }
  if (model.id === BUILT_IN_MODEL.id || model.id === MOCK_MODEL.id) throw new ModelRefusedError(`The name ${model.id} is that of a model that is built in.`);
}

export function manifestOf({ folder: _, ...rest }: InstalledModel): Manifest {
  return { format: 1, ...rest };
}

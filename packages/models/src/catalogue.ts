import { CairnError } from '@cairn/common/contracts';
import { BUILT_IN_MODEL, KNOWN_MODELS, MOCK_MODEL } from './catalogue/entries.js';
import { type AnyModelName, type KnownModel, type Model, type ModelName, reads } from './catalogue/model.js';

export * from './catalogue/entries.js';
export * from './catalogue/model.js';
export * from './catalogue/only-language.js';

/** The models of every installation. Importing this loads neither ONNX Runtime nor a model. */
export const CATALOGUE: readonly Model[] = [BUILT_IN_MODEL, MOCK_MODEL];

type Labels = Pick<AnyModelName, 'id' | 'aliases'>;

const bears =
  (label: string) =>
  ({ id, aliases }: Labels): boolean =>
    id === label || aliases.includes(label);

/** The model with this id or alias, letter by letter. */
export function findModel<M extends Labels>(label: string, models: readonly M[]): M | undefined {
  return models.find(bears(label));
}

/** The entry of a model that can be fetched. */
export function findKnownModel(label: string): KnownModel | undefined {
  return KNOWN_MODELS.find(bears(label));
}

/** The first name of a model that another one here has, or one that can be fetched. */
export function nameTaken({ id, aliases }: Labels, others: readonly Labels[]): string | undefined {
  return [id, ...aliases].find((name) => findModel<Labels>(name, CATALOGUE) ?? findModel(name, others) ?? findKnownModel(name));
}

function describe(model: AnyModelName): string {
  const { id, aliases } = model;
  const notes = [...useOf(model), ...(aliases.length === 0 ? [] : [`also ${aliases.join(', ')}`])];
  return notes.length === 0 ? id : `${id} (${notes.join('; ')})`;
}

function useOf(model: AnyModelName): string[] {
  if (model.kind === 'reranker') return ['for reranking only'];
  if (!reads(model, 'image')) return [];
  return [reads(model, 'text') ? 'for images and texts' : 'for images only'];
}

const LONGEST_LABEL_SHOWN = 100;

type ListInstalled = () => Promise<readonly AnyModelName[]>;

/** Like `requireModel` over all models of a system; those that were installed are only asked for when the label is none of the built-in ones. */
async function resolveModel(label: string, installed: ListInstalled): Promise<AnyModelName> {
  return findModel<AnyModelName>(label, CATALOGUE) ?? requireModel(label, withInstalled(await installed()));
}

/** Like `resolveModel`, for a model that can compare texts with a query: one that makes vectors of texts, or a reranker; the built-in one without a label. */
export async function resolveComparingModel(label: string | undefined, installed: ListInstalled): Promise<AnyModelName> {
  const model = await resolveReadingModel(label, installed);
  const reason = model.kind === 'reranker' ? undefined : NO_TOKEN_VECTORS[model.kind];
  if (reason === undefined) return model;
  throw wrongModel(`${model.id} ${reason}, so it cannot order texts. Name a reranker or a model of texts, or leave model out.`);
}

function wrongModel(message: string): CairnError {
  return new CairnError('invalid_input', message, { errors: [{ path: 'model', message }] });
}

const NO_TOKEN_VECTORS: Partial<Record<ModelName['kind'], string>> = {
  remote: 'is at a provider that gives no vectors of tokens',
  ensemble: 'is an ensemble, whose members have different tokens',
  clip: 'reads images and gives no vectors of tokens',
};

/** Like `resolveModel`, but not for mock vectors, nor for a model that was removed; a reranker that was is replaced by whoever asks it. */
async function resolveReadingModel(label: string | undefined, installed: ListInstalled): Promise<AnyModelName> {
  const model = await resolveModel(label ?? 'default', installed);
  if (model.status === 'removed' && model.kind !== 'reranker') throw new CairnError('model_not_installed', howToGetBack(model));
  if (model.id !== MOCK_MODEL.id) return model;
  throw new CairnError('unknown_model', 'Mock vectors are made of ids and not of a text. POST /vectors/mock makes them; leave model out here.');
}

/** Like `resolveModel`, for a model that makes vectors of texts; the built-in one without a label. */
export async function resolveTextModel(label: string | undefined, installed: ListInstalled): Promise<ModelName> {
  const model = await resolveVectorModel(label, installed);
  if (reads(model, 'text')) return model;
  throw wrongModel(`${model.id} reads images (model of POST /vectors/embed/image) and no texts. Name a model that reads texts, or leave model out.`);
}

/** Like `resolveTextModel`, for the texts of a collection: the mock model makes vectors of those too. */
export async function resolveCollectionModel(label: string | undefined, installed: ListInstalled): Promise<ModelName> {
  return label === MOCK_MODEL.id ? MOCK_MODEL : await resolveTextModel(label, installed);
}

/** Like `resolveModel`, for a model that makes vectors of images. */
export async function resolveImageModel(label: string, installed: ListInstalled): Promise<ModelName> {
  const model = await resolveVectorModel(label, installed);
  if (reads(model, 'image')) return model;
  throw wrongModel(`${model.id} reads texts and no images. Name a model that reads images: ${(await imageModels(installed)).join(', ')}.`);
}

/** Those that are there, and how to get those that are not. */
async function imageModels(installed: ListInstalled): Promise<string[]> {
  const here = (await installed()).filter((model) => model.kind !== 'reranker' && model.status !== 'removed' && reads(model, 'image'));
  const known = KNOWN_MODELS.filter((model) => model.kind === 'clip' && findModel(model.id, here) === undefined);
  return [...here.map(({ id }) => id), ...known.map(({ id }) => `${id} (not installed: cairn models pull ${id})`)];
}

async function resolveVectorModel(label: string | undefined, installed: ListInstalled): Promise<ModelName> {
  const known = findKnownModel(label ?? 'default');
  // Nobody is told to install a reranker where none can be used.
  const model = known?.kind === 'reranker' ? known : await resolveReadingModel(label, installed);
  if (model.kind !== 'reranker') return model;
  throw wrongModel(
    `${model.id} is a reranker: it orders texts for a query (model of POST /v1/rerank) and makes no vectors. Name a model that makes vectors, or leave model out.`,
  );
}

/** Like `resolveTextModel`, for what needs the vectors that there are and no new one: the model may have been removed. */
export async function resolveSpaceModel(label: string | undefined, installed: ListInstalled): Promise<ModelName> {
  return await resolveTextModel(label, async () => (await installed()).map((model) => ({ ...model, status: 'ready' })));
}

/** What to tell somebody who wants a model that no worker has any more. */
export function howToGetBack({ id, kind }: AnyModelName): string {
  const ways: Partial<Record<AnyModelName['kind'], string>> = { remote: 'name it in REMOTE_MODELS', ensemble: 'name it in ENSEMBLES' };
  const way = ways[kind] ?? `install it (${findKnownModel(id) ? `cairn models pull ${id}` : `cairn models import <folder> --id ${id}`})`;
  return `The model ${id} was here, and no worker has it any more. Whoever runs this system can ${way} again, then start the workers again.`;
}

/** Every model of a system, the built-in ones first. */
export function withInstalled<M extends AnyModelName>(installed: readonly M[]): (Model | M)[] {
  return [...CATALOGUE, ...installed.filter(({ id }) => findModel(id, CATALOGUE) === undefined)];
}

/** The model with this id or alias; otherwise `model_not_installed` with how to install it, or `unknown_model` with the list of those there are. */
export function requireModel<M extends AnyModelName>(label: string, models: readonly M[]): M {
  const model = findModel(label, models);
  if (model !== undefined) return model;
  const known = findKnownModel(label);
  if (known !== undefined) {
    throw new CairnError(
      'model_not_installed',
      `The model ${known.id} is not installed here. Whoever runs this system can install it: cairn models pull ${known.id}, then start the workers again.`,
    );
  }
  const shown = JSON.stringify(label.slice(0, LONGEST_LABEL_SHOWN));
  const installable = KNOWN_MODELS.filter(({ id }) => findModel(id, models) === undefined).map((model) => describe({ ...model, aliases: [] }));
  const more = installable.length === 0 ? '' : ` Models that can be installed: ${installable.join(', ')}.`;
  throw new CairnError('unknown_model', `There is no model ${shown}. Models here: ${models.map(describe).join('; ')}.${more}`);
}

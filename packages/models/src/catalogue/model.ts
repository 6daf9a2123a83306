import { createHash } from 'node:crypto';
import type { ModelSight } from '@cairn/common/contracts';

export interface ModelFile {
  path: string;
  sha256: string;
}

/** Holds values of a model that its own file only points to. */
export interface DataFile extends ModelFile {
  /** In bytes. */
  size: number;
}

export interface Named {
  /** The canonical name. */
  id: string;
  aliases: readonly string[];
  version: string;
  /** Of a model that workers registered: whether one has it now. */
  status?: 'ready' | 'away' | 'removed';
}

/** What everybody needs to know of a model that makes vectors: its name, and which vectors may be compared. Vectors of all aliases lie in one space. */
export interface ModelName extends Named {
  kind: 'mock' | 'onnx' | 'clip' | 'remote' | 'ensemble';
  dimension: number;
  /** What it makes vectors of: texts, where nothing is said. Vectors of both lie in one space. */
  inputs?: readonly ModelInput[];
  /** Shorter vectors that a caller may ask for: the first numbers of the whole one, normalised again. */
  shorterDimensions?: readonly number[];
}

export type ModelInput = 'text' | 'image';

export function reads({ inputs = ['text'] }: Pick<ModelName, 'inputs'>, input: ModelInput): boolean {
  return inputs.includes(input);
}

/** What everybody needs to know of a reranker: a model that reads a query and a text together and gives one score. It makes no vectors. */
export interface RerankerName extends Named {
  kind: 'reranker';
}

/** Any model by its name. */
export type AnyModelName = ModelName | RerankerName;

/** Made-up vectors: of a single vector a function of organisation, asset and segment, in a collection of the text. */
export interface MockModel extends ModelName {
  kind: 'mock';
  licence: string;
}

/** How a model reads texts and what it makes of them. */
export interface EncoderModel extends ModelName {
  kind: 'onnx';
  maxTokens: number;
  pooling: 'mean' | 'cls' | 'last';
  normalise: boolean;
  queryPrefix: string;
  documentPrefix: string;
  shorterDimensions: readonly number[];
  licence: string;
  origin: string;
}

/** A CLIP-style model: a tower that reads images, and mostly one that reads texts. Each gives one vector of length one for what it reads. */
export interface ClipModel extends ModelName {
  kind: 'clip';
  inputs: readonly ModelInput[];
  /** How it wants to see. */
  sight: ModelSight;
  /** Of a text; 0 where it reads none. */
  maxTokens: number;
  shorterDimensions: readonly number[];
  licence: string;
  origin: string;
}

/** A model at a provider: the texts go there. */
export interface RemoteModel extends ModelName {
  kind: 'remote';
  /** Up to and without `/embeddings`. */
  url: string;
  /** Its name there. */
  remoteId: string;
  /** Whether the provider is asked for vectors of this dimension. */
  sendDimension: boolean;
  maxTokens: number;
  queryPrefix: string;
  documentPrefix: string;
}

/** A model of an ensemble, and how much it counts. */
export interface EnsembleMember<M extends ModelName = ModelName> {
  model: M;
  /** From 0 to 1; those of all members add up to 1. */
  weight: number;
}

/** Models whose vectors are mixed, as one model. */
export interface EnsembleModel extends ModelName {
  kind: 'ensemble';
  members: readonly EnsembleMember<OnnxModel>[];
  /** What every member reads. */
  maxTokens: number;
}

/** How a cross-encoder reads pairs of texts. */
export interface RerankerModel extends RerankerName {
  /** Of query and text together. */
  maxTokens: number;
  licence: string;
  origin: string;
}

interface WithFiles {
  /** Where the files lie: a path inside this package, or an absolute one. */
  folder: string;
  files: {
    model: ModelFile;
    tokenizer: ModelFile;
    /** Of a model whose file does not hold all its values: the files that do, in the same folder. */
    data?: readonly DataFile[];
  };
}

/** A model that makes vectors and whose files are here. */
export type OnnxModel = EncoderModel & WithFiles;
/** A reranker whose files are here. */
export type OnnxReranker = RerankerModel & WithFiles;
/** A CLIP-style model whose files are here: `text` and `tokenizer` are there if it reads texts. */
export type OnnxClip = ClipModel & { folder: string; files: ClipFiles<ModelFile> };
/** Any model whose files are here. */
export type InstalledModel = OnnxModel | OnnxReranker | OnnxClip;

/** One file for each tower. */
export interface ClipFiles<File> {
  vision: File;
  text?: File;
  tokenizer?: File;
}

interface WithDownload<Files> {
  download: {
    repository: string;
    /** A commit of the repository; without one, the newest is taken and noted when the model is fetched. */
    revision?: string;
    /** Paths in the repository. A hash that is not known here is the one that the hub states, noted when the model is fetched. */
    files: Files;
  };
}

interface DownloadFiles {
  model: DownloadFile;
  tokenizer: DownloadFile;
  /** Data files that are expected beside the model's. Those that it names are fetched, whether they stand here or not. */
  data?: readonly DownloadFile[];
}

export type KnownEncoder = EncoderModel & WithDownload<DownloadFiles>;
export type KnownReranker = RerankerModel & WithDownload<DownloadFiles>;
export type KnownClip = ClipModel & WithDownload<ClipFiles<DownloadFile>>;
/** A model that can be fetched from the hub. */
export type KnownModel = KnownEncoder | KnownReranker | KnownClip;

export interface DownloadFile {
  path: string;
  sha256?: string;
}

export type Model = MockModel | OnnxModel;

/** The name of the vector space: only vectors of one space may be compared. Every alias of a model has the same. */
export function spaceOf({ id, version, dimension }: Pick<ModelName, 'id' | 'version' | 'dimension'>): string {
  return `${id}_${version}_${dimension}_f32`;
}

/** What requests to compare texts by this model are addressed to: its space, or the name and version of a reranker, which has none. */
export function comparesAs(model: AnyModelName): string {
  return model.kind === 'reranker' ? `${model.id}_${model.version}_reranker` : spaceOf(model);
}

/** Two models with one fingerprint give the same vectors or scores. What has another one must not write into the same space. */
export function fingerprintOf(model: Model | InstalledModel | RemoteModel | EnsembleModel): string {
  if (model.kind === 'mock') return 'mock';
  return createHash('sha256')
    .update(JSON.stringify(identityOf(model)))
    .digest('hex');
}

function identityOf(model: InstalledModel | RemoteModel | EnsembleModel): unknown[] {
  if (model.kind === 'clip') return clipIdentityOf(model);
  if (model.kind === 'remote') return ['remote', model.url, model.remoteId, model.dimension, model.sendDimension, model.documentPrefix, model.queryPrefix];
  if (model.kind === 'ensemble') return ['ensemble', model.dimension, ...model.members.map((member) => [fingerprintOf(member.model), member.weight])];
  const { model: graph, tokenizer, data = [] } = model.files;
  const hashes = [graph.sha256, tokenizer.sha256, ...data.map(({ path, sha256 }) => `${path} ${sha256}`).sort()];
  return model.kind === 'reranker' ? ['reranker', model.maxTokens, ...hashes] : [...readingOf(model), ...hashes];
}

function clipIdentityOf({ dimension, inputs, sight: { size, mean, std }, maxTokens, files }: OnnxClip): unknown[] {
  const hashes = [files.vision, files.text, files.tokenizer].map((file) => file?.sha256 ?? null);
  return ['clip', dimension, [...inputs].sort(), size, mean, std, maxTokens, ...hashes];
}

/** What decides besides the files which vector a text gets. */
function readingOf({ dimension, maxTokens, pooling, normalise, documentPrefix, queryPrefix }: EncoderModel): unknown[] {
  return [dimension, maxTokens, pooling, normalise, documentPrefix, queryPrefix];
}

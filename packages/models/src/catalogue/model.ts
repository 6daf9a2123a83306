import { createHash } from 'node:crypto';

export interface ModelFile {
  path: string;
  sha256: string;
}

/** What everybody needs to know of a model: its name, and which vectors may be compared. */
export interface ModelName {
  /** The canonical name; vectors of all aliases lie in one space. */
  id: string;
  aliases: readonly string[];
  version: string;
  dimension: number;
  /** Shorter vectors that a caller may ask for: the first numbers of the whole one, normalised again. */
  shorterDimensions?: readonly number[];
}

/** Made-up vectors: a function of organisation, asset and segment. */
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

/** A model whose files are here. */
export interface OnnxModel extends EncoderModel {
  /** Where the files lie: a path inside this package, or an absolute one. */
  folder: string;
  files: { model: ModelFile; tokenizer: ModelFile };
}

/** A model that can be fetched from the hub. */
export interface KnownModel extends EncoderModel {
  download: {
    repository: string;
    /** A commit of the repository; without one, the newest is taken and noted when the model is fetched. */
    revision?: string;
    /** Paths in the repository. A hash that is not known here is the one that the hub states, noted when the model is fetched. */
    files: { model: DownloadFile; tokenizer: DownloadFile };
  };
}

export interface DownloadFile {
  path: string;
  sha256?: string;
}

export type Model = MockModel | OnnxModel;

/** The name of the vector space: only vectors of one space may be compared. Every alias of a model has the same. */
export function spaceOf({ id, version, dimension }: ModelName): string {
  return `${id}_${version}_${dimension}_f32`;
}

/** Two models with one fingerprint give the same vectors. What has another one must not write into the same space. */
export function fingerprintOf(model: Model): string {
  if (model.kind === 'mock') return 'mock';
  const { dimension, maxTokens, pooling, normalise, documentPrefix, queryPrefix, files } = model;
  const parts = [dimension, maxTokens, pooling, normalise, documentPrefix, queryPrefix, files.model.sha256, files.tokenizer.sha256];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

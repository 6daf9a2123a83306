import type { SparseVector } from '@cairn/common/contracts';
import type { Analysis } from './analyse.js';
import { type HashedTerm, hashTerms } from './hashed-terms.js';

export interface DocumentWeighting {
  /** Of the documents beside which it will be found, in words. */
  averageLength?: number;
  /** How much a second mention adds: 0 nothing. */
  k1?: number;
  /** How much a long document is held back: 0 not at all, 1 in full. */
  b?: number;
}

/** When nothing is known about the tenant's texts: between those of the judged collections (README.md), and good on both. */
export const DEFAULT_AVERAGE_LENGTH = 80;
export const DEFAULT_K1 = 1.2;
export const DEFAULT_B = 0.75;

/** What the query side needs to know of a tenant's documents; TermStatistics is one. */
export interface InverseFrequencies {
  idfOf(index: number): number;
}

/** Lucene's inverse document frequency: positive, and 1 when nothing is known. */
export function inverseDocumentFrequency(documents: number, containing: number): number {
  return documents === 0 ? 1 : Math.log(1 + (documents - containing + 0.5) / (containing + 0.5));
}

function toVector(terms: HashedTerm[], weigh: (term: HashedTerm) => number): SparseVector {
  return { indices: Uint32Array.from(terms, ({ index }) => index), values: Float32Array.from(terms, weigh) };
}

/** The document's half of BM25: for each term how much its count says, in a text of this length. */
export function documentVector(analysis: Analysis, weighting: DocumentWeighting = {}): SparseVector {
  const { averageLength = DEFAULT_AVERAGE_LENGTH, k1 = DEFAULT_K1, b = DEFAULT_B } = weighting;
  const damping = k1 * (1 - b + (b * analysis.length) / averageLength);
  return toVector(hashTerms(analysis), ({ count }) => count / (count + damping));
}

/** The query's half: for each term how rare it is, times its weight. Its dot product with a document's vector is the BM25 score. */
export function queryVector(analysis: Analysis, statistics: InverseFrequencies): SparseVector {
  return weighed(queryWeights(analysis), statistics);
}

/** The terms of a query and how much each says, before it is asked how rare they are. */
export interface QueryWeights {
  indices: Uint32Array;
  weights: Float64Array;
}

/** A query of nothing but stop words is looked for by these. */
export function queryWeights(analysis: Analysis): QueryWeights {
  const all = hashTerms(analysis);
  const weighty = all.filter(({ weight }) => weight > 0);
  const terms = weighty.length === 0 ? all.map(({ index, count }) => ({ index, weight: count })) : weighty;
  return { indices: Uint32Array.from(terms, ({ index }) => index), weights: Float64Array.from(terms, ({ weight }) => weight) };
}

/** The vector of a query's terms: each counts more the rarer it is. */
export function weighed({ indices, weights }: QueryWeights, statistics: InverseFrequencies): SparseVector {
  return { indices, values: Float32Array.from(indices, (index, at) => (weights[at] as number) * statistics.idfOf(index)) };
}

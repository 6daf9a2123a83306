import { type Pooling, poolTokens, type TokenVectors } from './pooling.js';

/**
 * How well each row answers the first one, from -1 to 1: the mean of the cosine of the whole vectors and of the match of their tokens. The two together
 * order better than either alone (figures in the README of this package). One number for each row but the first.
 */
export function relevances(tokens: TokenVectors, pooling: Pooling): Float32Array {
  const { vectors } = poolTokens(tokens, pooling, true);
  const query = vectors.subarray(0, tokens.dimension);
  const cosineOf = (row: number) => query.reduce((sum, value, i) => sum + value * (vectors[row * tokens.dimension + i] as number), 0);
  return compareTokens(tokens).map((match, at) => (match + cosineOf(at + 1)) / 2);
}

/** How many tokens at each end of a row are the model's own markers, not text. */
const MARKERS = 1;

/**
 * The mean over the first row's tokens of the best match (cosine) among each other row's tokens. Finer than comparing one
 * vector with one vector, since each word of the question looks for its own place in the text. One number for each row but the first.
 */
export function compareTokens({ values, lengths, width, dimension }: TokenVectors): Float32Array {
  const units = unitVectors(values, dimension);
  const tokensOf = (row: number) => textTokens(lengths[row] as number).map((token) => (row * width + token) * dimension);
  const [query, ...rows] = Array.from(lengths, (_, row) => tokensOf(row)) as [number[], ...number[][]];
  return Float32Array.from(rows, (tokens) => query.reduce((sum, from) => sum + bestMatch(units, from, tokens, dimension), 0) / query.length);
}

/** All tokens of a row that has nothing but markers. */
function textTokens(length: number): number[] {
  const all = Array.from({ length }, (_, token) => token);
  return length > 2 * MARKERS ? all.slice(MARKERS, -MARKERS) : all;
}

function bestMatch(units: Float32Array, from: number, tokens: number[], dimension: number): number {
  let best = -1;
  for (const to of tokens) {
    let product = 0;
    for (let i = 0; i < dimension; i++) product += (units[from + i] as number) * (units[to + i] as number);
    if (product > best) best = product;
  }
  return best;
}

function unitVectors(values: Float32Array, dimension: number): Float32Array {
  const units = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += dimension) {
    let square = 0;
    for (let i = start; i < start + dimension; i++) square += (values[i] as number) ** 2;
    const length = Math.sqrt(square) || 1;
    for (let i = start; i < start + dimension; i++) units[i] = (values[i] as number) / length;
  }
  return units;
}

export type Pooling = 'mean' | 'cls' | 'last';

export interface TokenVectors {
  /** rows x width x dimension numbers, as the model gives them. */
  values: Float32Array;
  /** How many tokens of each row are text; the rest is padding. */
  lengths: Int32Array;
  width: number;
  dimension: number;
}

export interface PooledVectors {
  /** One vector after another. */
  vectors: Float32Array;
  /** Rows whose vector holds a number that is not finite, or has no direction: never to be stored or compared. */
  unusable: number[];
}

interface Span {
  first: number;
  count: number;
}

function spanOf(pooling: Pooling, length: number): Span {
  if (pooling === 'mean') return { first: 0, count: length };
  return { first: pooling === 'cls' ? 0 : length - 1, count: 1 };
}

/** Sums in doubles: in floats the order of the additions would show in the sixth digit. */
function sumTokens(values: Float32Array, start: number, { first, count }: Span, dimension: number): Float64Array {
  const sum = new Float64Array(dimension);
  for (let token = first; token < first + count; token++) {
    const at = start + token * dimension;
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + (values[at + i] as number);
  }
  return sum;
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((total, value) => total + value * value, 0));
}

/** One vector for each row of token vectors, normalised to length one when asked. */
export function poolTokens(tokens: TokenVectors, pooling: Pooling, normalise: boolean): PooledVectors {
  const { values, lengths, width, dimension } = tokens;
  const vectors = new Float32Array(lengths.length * dimension);
  const unusable: number[] = [];
  for (const [row, length] of lengths.entries()) {
    const span = spanOf(pooling, length);
    const sum = sumTokens(values, row * width * dimension, span, dimension);
    const norm = lengthOf(sum);
    // A sum that is not finite makes the norm so too.
    if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) unusable.push(row);
    const divisor = normalise ? norm : span.count;
    for (let i = 0; i < dimension; i++) vectors[row * dimension + i] = (sum[i] as number) / divisor;
  }
  return { vectors, unusable };
}

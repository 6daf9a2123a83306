import type { SparseVector } from '@cairn/common/contracts';

/** What Qdrant would give: the cosine of two vectors, or the sum over the words that both have; undefined for what it would not find. */
export function scoreOf<Value extends Float32Array | SparseVector>(question: Value, stored: Value): number | undefined {
  if (question instanceof Float32Array) return cosine(question, stored as Float32Array);
  return sumOverShared(question, stored as SparseVector);
}

function cosine(one: Float32Array, other: Float32Array): number {
  let [product, a, b] = [0, 0, 0];
  for (let at = 0; at < one.length; at++) {
    const [x, y] = [one[at] as number, other[at] as number];
    product += x * y;
    a += x * x;
    b += y * y;
  }
  return product / Math.sqrt(a * b);
}

function sumOverShared(question: SparseVector, terms: SparseVector): number | undefined {
  const weights = new Map(Array.from(question.indices, (index, at) => [index, question.values[at] as number]));
  let sum: number | undefined;
  for (const [at, index] of terms.indices.entries()) {
    const weight = weights.get(index);
    if (weight !== undefined) sum = (sum ?? 0) + weight * (terms.values[at] as number);
  }
  return sum;
}

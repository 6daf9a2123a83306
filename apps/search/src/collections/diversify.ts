export interface Candidate {
  score: number;
  /** Undefined for what has none, which is like nothing. */
  vector: Float32Array | undefined;
}

/**
 * The places of the candidates, the best first, where each next one is good and unlike those before it (maximal marginal relevance): `diversity` says how
 * much likeness counts, from 0 to 1. Vectors are of length 1; those of several models are not compared.
 */
export function diversify(candidates: readonly Candidate[], diversity: number): number[] {
  const scores = candidates.map(({ score }) => score);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  const relevance = scores.map((score) => (most === least ? 1 : (score - least) / (most - least)));
  const likeness = new Float64Array(candidates.length).fill(Number.NEGATIVE_INFINITY);
  const left = new Set(candidates.keys());
  const order: number[] = [];
  while (left.size > 0) {
    const gain = (at: number) => (1 - diversity) * (relevance[at] as number) - diversity * Math.max(0, likeness[at] as number);
    const next = [...left].reduce((best, at) => (gain(at) > gain(best) ? at : best));
    left.delete(next);
    order.push(next);
    for (const at of left) likeness[at] = Math.max(likeness[at] as number, cosine(candidates[at]?.vector, candidates[next]?.vector));
  }
  return order;
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return 0;
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

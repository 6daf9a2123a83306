// MPNet tells distances between tokens apart: near ones each, farther ones in groups that grow with the logarithm.
const FARTHEST = 128;

/** Rounded to 32 bits after each step, as the model was trained: at 16, 32 and 64 the last digit decides. */
function farBucket(distance: number, near: number): number {
  const { fround, log } = Math;
  const share = fround(fround(log(fround(distance / near))) / fround(log(FARTHEST / near)));
  return near + Math.trunc(fround(share * near));
}

/** The bucket of a key that stands `offset` tokens behind its query. */
export function bucketOf(offset: number, buckets: number): number {
  const half = buckets >> 1;
  const near = half >> 1;
  const distance = Math.abs(offset);
  const bucket = distance < near ? distance : Math.min(farBucket(distance, near), half - 1);
  return offset > 0 ? half + bucket : bucket;
}

/** For each head a row with the bias of every offset from `1 - tokens` to `tokens - 1`. `table` has a row for each bucket. */
export function biasByOffset(table: Float32Array, { buckets, heads, tokens }: { buckets: number; heads: number; tokens: number }): Float32Array {
  const offsets = 2 * tokens - 1;
  const bias = new Float32Array(heads * offsets);
  for (let i = 0; i < offsets; i++) {
    const bucket = bucketOf(i - (tokens - 1), buckets);
    for (let head = 0; head < heads; head++) bias[head * offsets + i] = table[bucket * heads + head] as number;
  }
  return bias;
}

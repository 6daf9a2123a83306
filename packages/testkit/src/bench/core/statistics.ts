/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Linear between the two nearest values, so that few samples do not jump. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

/** How far repetitions of the same thing lie apart: the largest less the smallest, over the median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** The median of the ratios taken round by round: what slows a whole round down slows both sides, and cancels out. */
export function pairedRatio(subject: readonly number[], baseline: readonly number[]): number {
  const pairs = Math.min(subject.length, baseline.length);
  return median(Array.from({ length: pairs }, (_, round) => (subject[round] as number) / (baseline[round] as number)));
}

/** Milliseconds of each stage of a request. */
export type Timings = Record<string, number>;

export async function timed<T>(timings: Timings, stage: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    timings[stage] = Math.round(((timings[stage] ?? 0) + performance.now() - startedAt) * 100) / 100;
  }
}

/** Milliseconds of each stage of a request. */
export type Timings = Record<string, number>;

/** Adds to a stage how long the work takes, be it done when it returns or later. */
export function timed<T>(timings: Timings, stage: string, work: () => T): T {
  const startedAt = performance.now();
  const note = () => {
    timings[stage] = Math.round(((timings[stage] ?? 0) + performance.now() - startedAt) * 100) / 100;
  };
  let made: T;
  try {
    made = work();
  } catch (error) {
    note();
    throw error;
  }
  if (made instanceof Promise) made.then(note, note);
  else note();
  return made;
}

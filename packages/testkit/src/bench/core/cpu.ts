/** Microseconds of this process' CPU that the work took, and how long it took. */
export async function withCpu<T>(work: () => Promise<T>): Promise<{ value: T; ms: number; cpuMicros: number }> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const value = await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  return { value, ms, cpuMicros: user + system };
}

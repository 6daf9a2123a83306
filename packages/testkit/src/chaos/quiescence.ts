import type { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

const WITHIN_MS = 120_000;

/** Waits until no job waits or runs and no bell is out; says what is left when that takes too long. */
export async function untilQuiet(system: TestSystem): Promise<void> {
  const left = `SELECT (SELECT count(*)::int FROM jobs WHERE state IN ('queued', 'running')) AS jobs, (SELECT count(*)::int FROM outbox) AS bells`;
  let seen = {};
  const quiet = async () => {
    const [row] = await system.database.sql<{ jobs: number; bells: number }>(left);
    seen = row ?? {};
    return row?.jobs === 0 && row.bells === 0;
  };
  await until('the system to be quiet', quiet, WITHIN_MS).catch((error: Error) => {
    throw new Error(`${error.message}; left: ${JSON.stringify(seen)}`);
  });
}

/** Garbage is collected a minute after it was made, and fresh points are looked for after some seconds; this lets that time pass at once. */
export async function letGraceEnd(system: TestSystem): Promise<void> {
  await system.database.sql(`UPDATE fresh_points SET since = since - interval '1 minute'`);
  await system.database.sql('UPDATE garbage_points SET due_at = clock_timestamp()');
}

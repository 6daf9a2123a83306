import type { Stage } from '../stage.js';

/** Delays the bell of a job as a slow network would; `ringNow` ends that. Call it while the dispatcher stands still. */
export async function holdBell(stage: Stage, jobId: string): Promise<void> {
  const held = await stage.sql(`UPDATE outbox SET due_at = clock_timestamp() + interval '1 hour' WHERE job_id = $1 RETURNING id`, [jobId]);
  if (held.length === 0) throw new Error(`job ${jobId} has no bell to hold`);
}

export async function ringNow(stage: Stage, jobId: string): Promise<void> {
  await stage.sql('UPDATE outbox SET due_at = clock_timestamp() WHERE job_id = $1', [jobId]);
}

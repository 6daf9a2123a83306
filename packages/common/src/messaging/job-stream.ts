import { AckPolicy, type JetStreamManager, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { LANES } from '../jobs/job-types.js';
import type { Subjects } from './subjects.js';

const HOUR = 3_600_000;
const DEDUPE_WINDOW_MS = 120_000;

export interface JobStreamOptions {
  replicas: number;
  ackWaitMs: number;
}

/** Makes the stream and its consumers where they are missing, and answers since when there is this stream: a later time than before means that its messages are gone. */
export async function ensureJobStream(connection: NatsConnection, subjects: Subjects, options: JobStreamOptions): Promise<{ bornAt: string }> {
  const manager = await jetstreamManager(connection, { timeout: 5_000 });
  const bornAt = await ensureStream(manager, subjects, options);
  for (const lane of LANES) await ensureConsumer(manager, subjects, lane, options);
  return { bornAt };
}

async function ensureStream(manager: JetStreamManager, subjects: Subjects, options: JobStreamOptions): Promise<string> {
  const config = {
    subjects: [subjects.allJobs],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    num_replicas: options.replicas,
    max_age: nanos(24 * HOUR),
    duplicate_window: nanos(DEDUPE_WINDOW_MS),
  };
  if (!(await exists(() => manager.streams.info(subjects.jobStream)))) await manager.streams.add({ name: subjects.jobStream, ...config }).catch(ignoreExisting);
  return (await manager.streams.info(subjects.jobStream)).created;
}

async function ensureConsumer(manager: JetStreamManager, subjects: Subjects, lane: (typeof LANES)[number], options: JobStreamOptions): Promise<void> {
  const name = subjects.consumerOf(lane);
  const config = {
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(options.ackWaitMs),
    // Never given up by the broker: attempts are counted in Postgres, and a job that has ended is acked when its bell comes.
    max_deliver: -1,
    max_ack_pending: 5_000,
    filter_subject: subjects.jobsOf(lane),
  };
  if (await exists(() => manager.consumers.info(subjects.jobStream, name))) {
    await manager.consumers.update(subjects.jobStream, name, config);
    return;
  }
  await manager.consumers.add(subjects.jobStream, { durable_name: name, ...config }).catch(ignoreExisting);
}

async function exists(look: () => Promise<unknown>): Promise<boolean> {
  return look().then(
    () => true,
    (error: { code?: number; status?: number; name?: string }) => {
      if (error.code === 10_059 || error.code === 10_014 || error.status === 404) return false;
      throw error;
    },
  );
}

// Two services made it at the same moment.
function ignoreExisting(error: unknown): void {
  const code = (error as { code?: number }).code;
  if (code === 10_058 || code === 10_148 || code === 10_013) return;
  throw error;
}

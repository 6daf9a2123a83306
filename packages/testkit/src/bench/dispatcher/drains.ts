import { type BellRinger, type ClaimedBell, newId, type OrgId, type OutboxRepository, type Subjects } from '@cairn/common';
import { jetstream } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';

export const BATCH = 500;
const CLAIM = { lane: 'interactive', batch: BATCH, perTenantCap: 500 } as const;

/** What a dispatcher does with the rows it has claimed. */
type Ring = (bells: ClaimedBell[]) => Promise<unknown>;

/** Claims, publishes and marks until nothing is left, as one dispatcher does; answers how many. */
export async function drain(outbox: OutboxRepository, ring: Ring): Promise<number> {
  for (let total = 0; ; ) {
    const count = await outbox.withClaimed(CLAIM, async (bells, sql) => {
      if (bells.length > 0) await ring(bells);
      await outbox.markRung(sql, bells);
      return bells.length;
    });
    if (count === 0) return total;
    total += count;
  }
}

/** The usual way: one acknowledged publish per message, a batch of them in flight. */
export function ringByPublish(connection: NatsConnection, subjects: Subjects): Ring {
  const client = jetstream(connection);
  return (bells) =>
    Promise.all(
      bells.map((bell) => {
        const extra = headers();
        extra.set('X-Correlation-ID', bell.correlationId ?? '');
        const body = JSON.stringify({ org_id: bell.orgId, job_id: bell.jobId });
        return client.publish(subjects.job(bell.lane, bell.jobType), body, { msgID: `${bell.id}.${bell.rings}`, headers: extra });
      }),
    );
}

/** No database at all: the same messages in the same batches, two in flight so that the broker never waits for us. */
export async function publishOnly(ringer: BellRinger, count: number): Promise<number> {
  let left = count;
  const lane = async () => {
    while (left > 0) {
      const size = Math.min(BATCH, left);
      left -= size;
      await ringer.ring(Array.from({ length: size }, madeBell));
    }
  };
  await Promise.all([lane(), lane()]);
  return count;
}

function madeBell(): ClaimedBell {
  const ids = { id: newId(), orgId: newId<OrgId>(), jobId: newId() } as Pick<ClaimedBell, 'id' | 'orgId' | 'jobId'>;
  return { ...ids, jobType: 'mock_process', lane: 'interactive', rings: 0, refusals: 0, traceparent: null, correlationId: 'bench', createdAt: new Date() };
}

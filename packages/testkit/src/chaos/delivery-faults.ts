import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { until } from '../system/wait.js';
import type { Chaos } from './chaos.js';
import { jobOf } from './ledger.js';
import type { Fault } from './server-faults.js';
import { must } from './violation.js';
import { newText } from './words.js';

const COPIES = 5;
const TEXTS = 3;
const DONE_WITHIN_MS = 90_000;

/** Bells of jobs of all kinds come five times more, under ids that the broker has never seen. */
export const bellsComeAgain: Fault = {
  cell: `bells delivered ${COPIES} times more`,
  strike: async (chaos) => {
    const jobs = await chaos.system.database.sql<{ org_id: string; id: string; lane: 'interactive'; type: 'embed_text' }>(
      'SELECT org_id, id, lane, type FROM jobs ORDER BY created_at DESC LIMIT 10',
    );
    let stored = 0;
    for (const { org_id, id, lane, type } of jobs.flatMap((job) => Array.from({ length: COPIES }, () => job))) {
      const body = JSON.stringify({ org_id, job_id: id });
      const ack = await jetstream(chaos.nats).publish(chaos.subjects.job(lane, type), body, { msgID: randomUUID() });
      if (!ack.duplicate) stored++;
    }
    if (stored === 0) throw new Error('the broker took none of the copies');
    return `${stored} copies stored by the broker`;
  },
};

/** Several texts for one point, and their bells come in the opposite order, each when the one before is done. */
export const bellsComeInReverse: Fault = {
  cell: `${TEXTS} bells of one point delivered in reverse`,
  strike: async (chaos) => {
    const jobs = await acceptWithHeldBells(chaos);
    const reversed = jobs.toReversed();
    for (const job of reversed) {
      await chaos.system.database.sql('UPDATE outbox SET due_at = clock_timestamp() WHERE job_id = $1', [job]);
      await until('the job to end', async () => (await ended(chaos, job)).state === 'succeeded', DONE_WITHIN_MS);
    }
    const results = await Promise.all(reversed.map((job) => ended(chaos, job)));
    const [winner, ...late] = results.map(({ superseded }) => superseded);
    must(winner === null && late.every((superseded) => superseded === 'true'), 'G9', 'an older text that was delivered last became live');
    return `leased in the order ${results.map(({ leased }) => leased.toISOString().slice(17, 23)).join(' < ')} s`;
  },
};

/** The bells are held by their due time before a dispatcher can see them. */
async function acceptWithHeldBells(chaos: Chaos): Promise<string[]> {
  const asset = `${chaos.crowd.senderOrg.slice(0, 8)}-reverse`;
  const dispatchers = [0, 1].map((index) => chaos.system.service('dispatcher', index));
  for (const dispatcher of dispatchers) await dispatcher.freeze();
  try {
    const jobs: string[] = [];
    for (let text = 0; text < TEXTS; text++) {
      const entry = await chaos.crowd.sender.send({ op: 'embed', asset, segment: 's', text: newText(chaos.texts) }, true);
      jobs.push(jobOf(entry) as string);
    }
    await chaos.system.database.sql(`UPDATE outbox SET due_at = clock_timestamp() + interval '1 hour' WHERE job_id = ANY ($1::uuid[])`, [jobs]);
    return jobs;
  } finally {
    for (const dispatcher of dispatchers) dispatcher.thaw();
  }
}

async function ended(chaos: Chaos, job: string): Promise<{ state: string; superseded: string | null; leased: Date }> {
  const [row] = await chaos.system.database.sql<{ state: string; superseded: string | null; leased: Date }>(
    `SELECT state, result->>'superseded' AS superseded, (SELECT min(started_at) FROM job_attempts a WHERE a.org_id = j.org_id AND a.job_id = j.id) AS leased FROM jobs j WHERE id = $1`,
    [job],
  );
  return row as { state: string; superseded: string | null; leased: Date };
}

import pg from 'pg';
import type { ApiClient } from '../../system/api-client.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

interface Page {
  events: { job_id: string; seq: number; id: string; prev: string }[];
  cursor: string;
}

/** One transaction takes its place in the feed early and commits late: a reader that follows the feed meanwhile still gets its event. */
export const feedWaitsForSlowCommits: Scenario = async (stage) => {
  const client = stage.client();
  const early = await mockJob(stage, client);
  let { cursor } = await page(client, undefined);
  const slow = await openSlowEvent(stage, early);
  const late = await mockJob(stage, client);
  const seen = await page(client, cursor);
  cursor = seen.cursor;
  await slow.commit();
  const told = [...seen.events];
  await stage.keeps('G10', 'the feed to tell all events', async () => {
    const next = await page(client, cursor);
    cursor = next.cursor;
    told.push(...next.events);
    return told.some((event) => event.job_id === late && event.seq > 4);
  });
  must(
    told.some((event) => event.job_id === early),
    'G10',
    'the feed of a reader went past an event that was committed late',
  );
};

async function mockJob(stage: Stage, client: ApiClient): Promise<string> {
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
  return (await stage.done(client, job_id)).id;
}

async function page(client: ApiClient, cursor: string | undefined): Promise<Page> {
  return client.ok<Page>('GET', cursor === undefined ? '/events' : `/events?since=${cursor}`, undefined, { accept: 'application/json' });
}

// One more event of an ended job, as a slow writer of the protocol would add it.
async function openSlowEvent(stage: Stage, jobId: string): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: stage.system.database.urls.superUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query(
    `WITH changed AS (UPDATE jobs SET event_seq = event_seq + 1, event_xid = greatest(event_xid, pg_current_xact_id()::text::bigint) WHERE id = $1 RETURNING *)
    INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress) SELECT org_id, id, event_seq, event_xid, state, stage, progress FROM changed`,
    [jobId],
  );
  const commit = async () => {
    await client.query('COMMIT');
    await client.end();
  };
  return { commit };
}

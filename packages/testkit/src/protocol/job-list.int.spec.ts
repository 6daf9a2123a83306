import { randomUUID } from 'node:crypto';
import { type Access, listJobs } from '@cairn/common';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

const HIDDEN = 5_000;
const READ = `SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS jobs FROM pg_stat_xact_user_tables WHERE relname = 'jobs'`;

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

it('T13: a list does not read the jobs of collections that are kept from the caller', async () => {
  const scope = newScope();
  const own = await bench.acceptMock(scope);
  await bench.database.sql(
    `INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, dedupe_live, event_xid, collection_id)
     SELECT $1, gen_random_uuid(), 'index_document', 'bulk', n::text, '{}', 1, clock_timestamp() + interval '1 day', 'somebody', false, 0, $2 FROM generate_series(1, $3) n`,
    [scope.orgId, randomUUID(), HIDDEN],
  );
  await bench.database.sql('ANALYZE jobs');
  const access: Access = { scope, userId: '1' };
  const { ids, read } = await bench.app.tenant(scope, async (sql) => {
    const { jobs } = await listJobs(sql, access, { limit: 10 });
    const [count] = await sql.rows<{ jobs: number }>(READ);
    return { ids: jobs.map(({ id }) => id), read: count?.jobs };
  });
  expect(ids).toEqual([own]);
  expect(read).toBeLessThan(100);
});

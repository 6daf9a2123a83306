import { type JobId, type Lease, scopeOfLease, type TenantScope } from '@cairn/common';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

async function leased(scope: TenantScope, count: number): Promise<Lease[]> {
  const leases: Lease[] = [];
  for (let number = 0; number < count; number++) leases.push(await bench.lease(scope, await bench.acceptMock(scope)));
  return leases;
}

const lastEventOf = async (jobId: JobId) =>
  (await bench.database.sql<{ seq: number; state: string }>('SELECT seq, state FROM job_events WHERE job_id = $1 ORDER BY seq DESC LIMIT 1', [jobId]))[0];

test('jobs of many organisations end in one statement, each with its own result, event and closed attempt', async () => {
  const leases = (await Promise.all([1, 2, 3].map(() => leased(newScope(), 2)))).flat();
  const done = await bench.leases().succeedAll(leases.map((lease, number) => ({ lease, result: { number, text: 'a "quoted", {braced} text\\ with ü' } })));
  expect(done).toEqual(new Set(leases.map(({ token }) => token)));
  for (const [number, { jobId }] of leases.entries()) {
    expect(await bench.job(jobId)).toMatchObject({ state: 'succeeded', progress: 100, lease_token: null, result: { number } });
    expect(await lastEventOf(jobId)).toEqual({ seq: 3, state: 'succeeded' });
  }
  const open = await bench.database.sql('SELECT 1 FROM job_attempts WHERE ended_at IS NULL AND job_id = ANY ($1::uuid[])', [leases.map(({ jobId }) => jobId)]);
  expect(open).toEqual([]);
});

test('G8: a lease that was lost ends nothing, and the others of the same statement end all the same', async () => {
  const scope = newScope();
  const [paused, fine] = (await leased(scope, 2)) as [Lease, Lease];
  await bench.takeAway(paused.jobId);
  const next = await bench.lease(scope, paused.jobId, bench.leases('worker-2'));
  const done = await bench.leases().succeedAll([
    { lease: paused, result: { late: true } },
    { lease: fine, result: { fine: true } },
  ]);
  expect(done).toEqual(new Set([fine.token]));
  expect(await bench.job(paused.jobId)).toMatchObject({ state: 'running', lease_token: next.token, result: null });
});

test('ends and takings of the same jobs in opposite orders never deadlock', async () => {
  const scope = newScope();
  const leases = await leased(scope, 40);
  const ends = leases.toReversed().map((lease) => ({ lease, result: {} }));
  const bells = leases.map(({ orgId, jobId }) => ({ orgId, jobId }));
  const takes = Array.from({ length: 6 }, () => bench.leases('worker-2').take(bells));
  const [done] = await Promise.all([bench.leases().succeedAll(ends), ...takes]);
  expect(done.size).toBe(40);
});

test('a result that Postgres cannot store fails its statement and changes no job', async () => {
  const [lease] = (await leased(newScope(), 1)) as [Lease];
  await expect(bench.leases().succeedAll([{ lease, result: { text: '\0' } }])).rejects.toThrow();
  expect((await bench.job(lease.jobId)).state).toBe('running');
  await bench.leases().fail(scopeOfLease(lease), lease, { code: 'error', message: 'no', retryable: false, backoffMs: 0 });
});

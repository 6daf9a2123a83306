import {
  acceptJob,
  activateVectors,
  type Bell,
  cancelJob,
  type JobId,
  type Lease,
  LeaseLostError,
  newId,
  retryJob,
  scopeOfLease,
  type TenantScope,
} from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until } from '../system/wait.js';
import { bellOf, newScope, ProtocolBench, pointOf, type Segment, wholeOrganisation } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const ERROR = { code: 'broken', message: 'it broke', retryable: true, backoffMs: 0 };
const SEGMENT: Segment = { assetId: 'asset', segmentId: 's', text: 'a text' };

async function leased(scope: TenantScope, maxAttempts?: number): Promise<Lease> {
  return bench.lease(scope, await bench.acceptMock(scope, maxAttempts === undefined ? {} : { maxAttempts }));
}

async function outcomesOf(jobId: JobId): Promise<(string | null)[]> {
  const rows = await bench.database.sql<{ outcome: string | null }>('SELECT outcome FROM job_attempts WHERE job_id = $1 ORDER BY fence', [jobId]);
  return rows.map((row) => row.outcome);
}

const cancel = (scope: TenantScope, id: JobId) => bench.app.tenant(scope, (sql) => cancelJob(sql, wholeOrganisation(scope), id));
const retry = (scope: TenantScope, id: JobId) => bench.app.tenant(scope, (sql) => retryJob(sql, wholeOrganisation(scope), id));

/** Every write that a holder of a lease can make. */
const writesOf = (lease: Lease): Record<string, () => Promise<unknown>> => ({
  report: () => bench.leases().report(lease, { stage: 'late', progress: 99 }),
  succeed: () => bench.leases().succeed(lease, { late: true }),
  fail: () => bench.leases().fail(scopeOfLease(lease), lease, ERROR),
  'give back': () => bench.leases().giveBack(scopeOfLease(lease), lease, 'late', 0),
});

describe('taking a lease', () => {
  it('G3: two hundred workers that hear the same bell get one lease between them', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => bench.leases(`worker-${index}`).take([bellOf(scope, id)])));
    expect(answers.flat()).toHaveLength(1);
    expect(await bench.job(id)).toMatchObject({ state: 'running', attempts: 1, fence: '1' });
    expect(await bench.count('outbox', scope)).toBe(0);
  });

  it('overlapping sets of bells in opposite orders are leased once each, without a deadlock', async () => {
    const scope = newScope();
    const bells: Bell[] = [];
    for (let index = 0; index < 30; index++) bells.push(bellOf(scope, await bench.acceptMock(scope)));
    const takes = Array.from({ length: 12 }, (_, index) => bench.leases(`w${index}`).take(index % 2 ? bells : bells.toReversed()));
    const taken = (await Promise.all(takes)).flat().map((lease) => lease.jobId);
    expect([taken.length, new Set(taken).size]).toEqual([30, 30]);
  });

  it('a bell for a job that is nowhere, or of another organisation, leases nothing', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    expect(await bench.leases().take([bellOf(newScope(), id), bellOf(scope, newId<JobId>())])).toEqual([]);
    expect((await bench.job(id)).state).toBe('queued');
  });

  it('a bell that names one job twice leases it once', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    expect(await bench.leases().take([bellOf(scope, id), bellOf(scope, id)])).toHaveLength(1);
    expect((await bench.job(id)).attempts).toBe(1);
  });

  it('a job that has ended is never leased again', async () => {
    const scope = newScope();
    const done = await leased(scope);
    await bench.leases().succeed(done, {});
    const gone = await bench.acceptMock(scope);
    await cancel(scope, gone);
    expect(await bench.leases().take([bellOf(scope, done.jobId), bellOf(scope, gone)])).toEqual([]);
  });
});

describe('a lease that ran out', () => {
  it('G8: goes to the next worker with a higher fence and another token, and the first one can write nothing more', async () => {
    const scope = newScope();
    const paused = await leased(scope);
    await bench.takeAway(paused.jobId);
    const next = await bench.lease(scope, paused.jobId, bench.leases('worker-2'));
    expect([paused.fence, next.fence]).toEqual(['1', '2']);
    expect(next.token).not.toBe(paused.token);
    const before = await bench.job(paused.jobId);
    for (const [name, write] of Object.entries(writesOf(paused)))
      await expect([name, await write().catch((error) => error)]).toEqual([name, expect.any(LeaseLostError)]);
    expect(await bench.leases().renew([paused])).toEqual(new Set());
    expect(await bench.job(paused.jobId)).toEqual(before);
    expect(await outcomesOf(paused.jobId)).toEqual(['lease_lost', null]);
  });

  it('G8: a token with the right fence is not enough, as after a failover that lost its tail', async () => {
    const scope = newScope();
    const paused = await leased(scope);
    await bench.database.sql('UPDATE jobs SET lease_token = gen_random_uuid() WHERE id = $1', [paused.jobId]);
    expect((await bench.job(paused.jobId)).fence).toBe(paused.fence);
    await expect(bench.leases().succeed(paused, {})).rejects.toThrow(LeaseLostError);
    expect((await bench.job(paused.jobId)).state).toBe('running');
  });

  it('G8: a worker that wakes up too late makes no vector visible and forgets no text', async () => {
    const scope = newScope();
    const paused = await bench.lease(scope, await bench.acceptEmbed(scope, SEGMENT));
    await bench.takeAway(paused.jobId);
    const next = await bench.lease(scope, paused.jobId, bench.leases('worker-2'));
    await expect(bench.finish(paused, 66)).rejects.toThrow(LeaseLostError);
    expect(await bench.vector(scope, SEGMENT)).toMatchObject({ live_token: null, vector: null });
    expect(await bench.count('job_inputs', scope)).toBe(1);
    await bench.finish(next, 77);
    expect(await bench.vector(scope, SEGMENT)).toMatchObject({ live_token: next.token });
    expect(await bench.count('job_inputs', scope)).toBe(0);
  });

  it('G8: making vectors visible asks for the lease itself, whatever comes after it in the transaction', async () => {
    const scope = newScope();
    const paused = await bench.lease(scope, await bench.acceptEmbed(scope, SEGMENT));
    await bench.takeAway(paused.jobId);
    const next = await bench.lease(scope, paused.jobId, bench.leases('worker-2'));
    const activate = (lease: Lease) => {
      const vector = Float32Array.from([1, 2, 3]);
      return bench.worker.tenant(scopeOfLease(lease), (sql) =>
        activateVectors(sql, scopeOfLease(lease), lease, 'space', [{ pointId: pointOf(scope, SEGMENT), gen: '1', vector }]),
      );
    };
    await expect(activate(paused)).rejects.toThrow(LeaseLostError);
    expect((await bench.vector(scope, SEGMENT)).live_token).toBeNull();
    expect((await activate(next)).size).toBe(1);
  });

  it('G8: the late worker changes nothing after the next one has finished either', async () => {
    const scope = newScope();
    const paused = await bench.lease(scope, await bench.acceptEmbed(scope, SEGMENT));
    await bench.takeAway(paused.jobId);
    await bench.finish(await bench.lease(scope, paused.jobId, bench.leases('worker-2')), 77);
    await expect(bench.finish(paused, 66)).rejects.toThrow(LeaseLostError);
    expect((await bench.vector(scope, SEGMENT)).vector?.readFloatLE(0)).toBe(77);
  });

  it('J8: a renewed lease does not run out, and only leases that are held are renewed', async () => {
    const scope = newScope();
    const [mine, lost] = [await leased(scope), await leased(scope)];
    await bench.database.sql(`UPDATE jobs SET lease_until = clock_timestamp() + interval '50 ms' WHERE org_id = $1`, [scope.orgId]);
    await cancel(scope, lost.jobId);
    expect(await bench.leases().renew([mine, lost])).toEqual(new Set([mine.token]));
    const [row] = await bench.database.sql<{ left: number }>(
      'SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 AS left FROM jobs WHERE id = $1',
      [mine.jobId],
    );
    expect(row?.left).toBeGreaterThan(50);
  });

  it('J8: the sweeper puts the job back with a bell, and the next attempt carries on with its fence', async () => {
    const scope = newScope();
    const dead = await leased(scope);
    await bench.expireLease(dead.jobId);
    const swept = await bench.sweeps.sweep({ reRingAfterMs: 60_000 });
    expect(swept).toMatchObject({ requeued: 1, quarantined: 0 });
    expect(swept.orgIds).toEqual([scope.orgId]);
    expect(await bench.job(dead.jobId)).toMatchObject({ state: 'queued', attempts: 1 });
    expect(await bench.count('outbox', scope)).toBe(1);
    expect((await bench.lease(scope, dead.jobId)).fence).toBe('2');
  });

  it('J8: many sweepers at once put each job back once', async () => {
    const scope = newScope();
    for (let index = 0; index < 20; index++) await bench.expireLease((await leased(scope)).jobId);
    const sweeps = await Promise.all(Array.from({ length: 8 }, () => bench.sweeps.sweep({ reRingAfterMs: 60_000 })));
    expect(sweeps.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(20);
    expect(await bench.count('outbox', scope)).toBe(20);
    const [row] = await bench.database.sql<{ most: number }>('SELECT max(event_seq) AS most FROM jobs WHERE org_id = $1', [scope.orgId]);
    expect(row?.most).toBe(3);
  });
});

describe('attempts', () => {
  it('J8: a bell never takes a job from a lease that ran out; the sweeper frees it, and closes the attempt', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    await bench.expireLease(lease.jobId);
    expect(await bench.leases().take([bellOf(scope, lease.jobId)])).toEqual([]);
    await bench.sweeps.sweep({ reRingAfterMs: 60_000 });
    expect(await outcomesOf(lease.jobId)).toEqual(['lease_lost']);
    expect(await bench.leases().take([bellOf(scope, lease.jobId)])).toHaveLength(1);
  });

  it('G16: no attempt stays open, also of a lease that began and ran out while another statement waited for a lock', async () => {
    const scope = newScope();
    const [first, second] = [await bench.acceptMock(scope), await bench.acceptMock(scope)].sort() as [JobId, JobId];
    let late: Promise<Lease[]> | undefined;
    await bench.app.tenant(scope, async (sql) => {
      await sql.rows('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [first]);
      late = bench.leases('late').take([bellOf(scope, first), bellOf(scope, second)]);
      await until('the late worker to wait for the first job', async () => {
        const [row] = await bench.database.sql<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        return row?.waiting === 1;
      });
      await bench.lease(scope, second);
      await bench.expireLease(second);
    });
    expect((await late)?.map((lease) => lease.jobId)).toEqual([first]);
    await bench.sweeps.sweep({ reRingAfterMs: 60_000 });
    expect(await outcomesOf(second)).toEqual(['lease_lost']);
  });

  it('G14: are counted when the lease is taken, so a worker that dies without a word uses one', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    expect(lease.attempt).toBe(1);
    expect((await bench.job(lease.jobId)).attempts).toBe(1);
  });

  it('G14: a job whose workers all die is quarantined after its last attempt, with its reason, and never leased again', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope, { maxAttempts: 3 });
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect((await bench.lease(scope, id)).attempt).toBe(attempt);
      await bench.takeAway(id);
    }
    expect(await bench.job(id)).toMatchObject({ state: 'quarantined', error_code: 'poison', attempts: 3, lease_token: null });
    expect(await outcomesOf(id)).toEqual(['lease_lost', 'lease_lost', 'lease_lost']);
    expect(await bench.leases().take([bellOf(scope, id)])).toEqual([]);
    expect(await bench.count('outbox', scope)).toBe(0);
  });

  it('J6: a failure puts the job back until the attempts are used up, then it has failed with the last error', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope, { maxAttempts: 3 });
    const states = [];
    for (let attempt = 1; attempt <= 3; attempt++)
      states.push(await bench.leases().fail(scope, await bench.lease(scope, id), { ...ERROR, message: `failure ${attempt}` }));
    expect(states).toEqual(['queued', 'queued', 'failed']);
    const [row] = await bench.database.sql<{ error: string; finished_at: Date | null }>('SELECT error, finished_at FROM jobs WHERE id = $1', [id]);
    expect(row).toEqual({ error: 'failure 3', finished_at: expect.any(Date) });
    expect(await bench.count('outbox', scope)).toBe(0);
  });

  it('J6: fails twice, then succeeds: two retries are counted, and the error of the past is gone', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    for (let attempt = 1; attempt <= 2; attempt++) await bench.leases().fail(scope, await bench.lease(scope, id), ERROR);
    await bench.leases().succeed(await bench.lease(scope, id), { fine: true });
    expect(await bench.job(id)).toMatchObject({ state: 'succeeded', attempts: 3, error_code: null, result: { fine: true }, progress: 100 });
  });

  it('J6: an input that can never work fails at once', async () => {
    const scope = newScope();
    expect(await bench.leases().fail(scope, await leased(scope), { ...ERROR, retryable: false })).toBe('failed');
  });

  it('F6: an attempt given back is not counted, however often, and the bell is due later', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope, { maxAttempts: 2 });
    for (let round = 0; round < 5; round++) expect(await bench.leases().giveBack(scope, await bench.lease(scope, id), 'waiting for qdrant', 0)).toBe('queued');
    expect(await bench.job(id)).toMatchObject({ state: 'queued', attempts: 0, fence: '5', stage: 'waiting' });
    expect(await outcomesOf(id)).toEqual(Array(5).fill('given_back'));
  });

  it('F6: a job given back past its deadline has failed: every job ends', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    await bench.database.sql(`UPDATE jobs SET deadline_at = clock_timestamp() - interval '1 s' WHERE id = $1`, [lease.jobId]);
    expect(await bench.leases().giveBack(scope, lease, 'waiting for qdrant', 0)).toBe('failed');
    expect(await bench.job(lease.jobId)).toMatchObject({ state: 'failed', error_code: 'dependency' });
  });
});

describe('waiting for the next attempt', () => {
  it('J6: a job whose backoff is not over is not leased, whoever rings', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    await bench.leases().fail(scope, lease, { ...ERROR, backoffMs: 60_000 });
    expect(await bench.leases().take([bellOf(scope, lease.jobId)])).toEqual([]);
    await bench.database.sql('UPDATE jobs SET next_attempt_at = clock_timestamp() WHERE id = $1', [lease.jobId]);
    expect(await bench.leases().take([bellOf(scope, lease.jobId)])).toHaveLength(1);
  });

  it('J6: its bell is due when the backoff is over and not before', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    await bench.leases().fail(scope, lease, { ...ERROR, backoffMs: 60_000 });
    expect((await bench.ring('interactive')).filter((bell) => bell.orgId === scope.orgId)).toEqual([]);
    await bench.database.sql('UPDATE outbox SET due_at = clock_timestamp() WHERE org_id = $1', [scope.orgId]);
    expect((await bench.ring('interactive')).filter((bell) => bell.orgId === scope.orgId)).toHaveLength(1);
  });
});

describe('deadlines', () => {
  it('G3: a job past its deadline fails, whether it waits or runs, and its bell is silenced', async () => {
    const scope = newScope();
    const waiting = await bench.acceptMock(scope);
    const running = await leased(scope);
    await bench.database.sql(`UPDATE jobs SET deadline_at = clock_timestamp() - interval '1 s' WHERE org_id = $1`, [scope.orgId]);
    expect(await bench.leases().take([bellOf(scope, waiting)])).toEqual([]);
    expect((await bench.sweeps.sweep({ reRingAfterMs: 60_000 })).expired).toBe(2);
    for (const id of [waiting, running.jobId])
      expect(await bench.job(id)).toMatchObject({ state: 'failed', error_code: 'deadline_exceeded', lease_token: null });
    expect(await bench.count('outbox', scope)).toBe(0);
    await expect(bench.leases().succeed(running, {})).rejects.toThrow(LeaseLostError);
  });

  it('G3: a retry gets the deadline of its type from now on, the first time as the third', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    await bench.database.sql(`UPDATE jobs SET created_at = created_at - interval '5 hours' WHERE id = $1`, [id]);
    for (let round = 0; round < 3; round++) {
      await cancel(scope, id);
      await retry(scope, id);
      const [row] = await bench.database.sql<{ left: number }>(
        'SELECT extract(epoch FROM deadline_at - clock_timestamp())::float8 AS left FROM jobs WHERE id = $1',
        [id],
      );
      expect(Math.round(row?.left ?? 0)).toBe(86_400);
    }
  });
});

describe('cancelling', () => {
  it('J7: a waiting job is cancelled with its bell', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    await cancel(scope, id);
    expect((await bench.job(id)).state).toBe('cancelled');
    expect(await bench.count('outbox', scope)).toBe(0);
  });

  it('J7: a running job is cancelled, and its worker writes nothing more, not even its vectors', async () => {
    const scope = newScope();
    const lease = await bench.lease(scope, await bench.acceptEmbed(scope, SEGMENT));
    await cancel(scope, lease.jobId);
    const before = await bench.job(lease.jobId);
    expect(before).toMatchObject({ state: 'cancelled', lease_token: null });
    for (const [name, write] of Object.entries(writesOf(lease)))
      expect([name, await write().catch((error) => error)]).toEqual([name, expect.any(LeaseLostError)]);
    await expect(bench.finish(lease)).rejects.toThrow(LeaseLostError);
    expect(await bench.job(lease.jobId)).toEqual(before);
    expect((await bench.vector(scope, SEGMENT)).live_token).toBeNull();
    expect(await outcomesOf(lease.jobId)).toEqual(['cancelled']);
  });

  it('J7: of a cancel and a finish at the same moment exactly one wins', async () => {
    const wins = { cancelled: 0, succeeded: 0 };
    for (let round = 0; round < 15; round++) {
      const scope = newScope();
      const lease = await bench.lease(scope, await bench.acceptEmbed(scope, SEGMENT));
      const [cancelled, finished] = await Promise.allSettled([cancel(scope, lease.jobId), bench.finish(lease)]);
      expect([cancelled.status, finished.status].sort()).toEqual(['fulfilled', 'rejected']);
      const state = cancelled.status === 'fulfilled' ? 'cancelled' : 'succeeded';
      expect((await bench.job(lease.jobId)).state).toBe(state);
      expect((await bench.vector(scope, SEGMENT)).live_token !== null).toBe(state === 'succeeded');
      wins[state]++;
    }
    expect(wins.cancelled + wins.succeeded).toBe(15);
  });

  it('J7: an ended job cannot be cancelled, and a foreign one is as absent', async () => {
    const scope = newScope();
    const lease = await leased(scope);
    await expect(cancel(newScope(), lease.jobId)).rejects.toMatchObject({ code: 'not_found' });
    await bench.leases().succeed(lease, {});
    await expect(cancel(scope, lease.jobId)).rejects.toMatchObject({ code: 'job_ended' });
  });
});

describe('retrying', () => {
  it('J6: starts a new series of attempts; the events go on with their numbers', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope, { maxAttempts: 1 });
    await bench.leases().fail(scope, await bench.lease(scope, id), ERROR);
    await retry(scope, id);
    const second = await bench.lease(scope, id);
    expect([second.attempt, second.fence]).toEqual([1, '2']);
    await bench.leases().succeed(second, {});
    const events = await bench.database.sql<{ seq: number; state: string }>('SELECT seq, state FROM job_events WHERE job_id = $1 ORDER BY seq', [id]);
    expect(events.map(({ seq, state }) => `${seq} ${state}`)).toEqual(['1 queued', '2 running', '3 failed', '4 queued', '5 running', '6 succeeded']);
  });

  it('J6: what lives, succeeded or is nowhere cannot be retried, and a cancelled or quarantined job can', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    await expect(retry(scope, id)).rejects.toMatchObject({ code: 'job_live' });
    await expect(retry(newScope(), id)).rejects.toMatchObject({ code: 'not_found' });
    await cancel(scope, id);
    await retry(scope, id);
    const lease = await bench.lease(scope, id);
    await expect(retry(scope, id)).rejects.toMatchObject({ code: 'job_live' });
    await bench.leases().succeed(lease, {});
    await expect(retry(scope, id)).rejects.toMatchObject({ code: 'job_ended' });
  });

  it('J4: a retry beside a live twin is a conflict, not a broken server', async () => {
    const scope = newScope();
    const job = { type: 'mock_process', jobKey: 'one key', payload: {}, maxAttempts: 3 } as const;
    const first = await acceptJob(bench.app, scope, job);
    await cancel(scope, first);
    const twin = await acceptJob(bench.app, scope, job);
    await expect(retry(scope, first)).rejects.toMatchObject({ code: 'conflict' });
    await cancel(scope, twin);
    await retry(scope, first);
    expect((await bench.job(first)).state).toBe('queued');
  });

  it('T13: the texts of a job that ended badly go after their time, and then the retry says so', async () => {
    const scope = newScope();
    const id = await bench.acceptEmbed(scope, SEGMENT);
    await cancel(scope, id);
    await bench.sweeps.forget({ inputHours: 24, eventDays: 30 });
    expect(await bench.count('job_inputs', scope)).toBe(1);
    await bench.database.sql(`UPDATE jobs SET finished_at = clock_timestamp() - interval '25 hours' WHERE id = $1`, [id]);
    await bench.sweeps.forget({ inputHours: 24, eventDays: 30 });
    expect(await bench.count('job_inputs', scope)).toBe(0);
    await expect(retry(scope, id)).rejects.toMatchObject({ code: 'job_ended' });
  });
});

describe('transitions', () => {
  const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'quarantined'];
  const ALLOWED = new Set([
    ...['running', 'cancelled', 'failed'].map((to) => `queued>${to}`),
    ...['queued', 'succeeded', 'failed', 'cancelled', 'quarantined'].map((to) => `running>${to}`),
    ...['failed', 'cancelled', 'quarantined'].map((from) => `${from}>queued`),
  ]);

  it('G3: the database itself refuses every transition that the protocol does not know', async () => {
    const seen = new Set<string>();
    const set = (id: string, state: string) =>
      bench.database.sql(
        `UPDATE jobs SET state = $2, lease_token = CASE WHEN $2 = 'running' THEN gen_random_uuid() END, lease_until = CASE WHEN $2 = 'running' THEN now() END WHERE id = $1`,
        [id, state],
      );
    const pathTo: Record<string, string[]> = {
      queued: [],
      running: ['running'],
      succeeded: ['running', 'succeeded'],
      failed: ['failed'],
      cancelled: ['cancelled'],
      quarantined: ['running', 'quarantined'],
    };
    for (const from of STATES) {
      for (const to of STATES.filter((state) => state !== from)) {
        const id = await bench.acceptMock(newScope());
        for (const step of pathTo[from] as string[]) await set(id, step);
        const done = await set(id, to).then(
          () => true,
          (error: { code: string }) => error.code !== '23514' && Promise.reject(error),
        );
        if (done) seen.add(`${from}>${to}`);
      }
    }
    expect(seen).toEqual(ALLOWED);
  });

  it('G3: a running job without a lease, and a lease without a running job, cannot be written', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    await expect(bench.database.sql(`UPDATE jobs SET state = 'running' WHERE id = $1`, [id])).rejects.toMatchObject({ constraint: 'jobs_lease_check' });
    await expect(bench.database.sql('UPDATE jobs SET lease_token = gen_random_uuid(), lease_until = now() WHERE id = $1', [id])).rejects.toMatchObject({
      constraint: 'jobs_lease_check',
    });
  });
});

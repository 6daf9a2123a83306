import { randomUUID } from 'node:crypto';
import { acceptJob, cancelJob, deleteVector, jobKeyOf, retryJob, storedPointIdOf } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench, pointOf, type Segment, wholeOrganisation } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const segment = (text: string, over: Partial<Segment> = {}): Segment => ({ assetId: 'asset', segmentId: 's', text, ...over });
const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe('accepting a single text', () => {
  it('J4: fifty twins at once make one job with one event, one bell and one text', async () => {
    const scope = newScope();
    const ids = await many(50, () => bench.acceptEmbed(scope, segment('twin')));
    expect(new Set(ids).size).toBe(1);
    for (const table of ['jobs', 'job_events', 'outbox', 'job_inputs', 'vectors']) expect([table, await bench.count(table, scope)]).toEqual([table, 1]);
  });

  it('J4: a repeat answers the same job while it waits, runs and after it succeeded', async () => {
    const scope = newScope();
    const id = await bench.acceptEmbed(scope, segment('repeat'));
    expect(await bench.acceptEmbed(scope, segment('repeat'))).toBe(id);
    const lease = await bench.lease(scope, id);
    expect(await bench.acceptEmbed(scope, segment('repeat'))).toBe(id);
    await bench.finish(lease);
    expect(await bench.acceptEmbed(scope, segment('repeat'))).toBe(id);
    expect((await bench.vector(scope, segment(''))).gen).toBe('1');
  });

  it('J4: twins of two organisations make a job each', async () => {
    const [a, b] = [newScope(), newScope()];
    expect(await bench.acceptEmbed(a, segment('same'))).not.toBe(await bench.acceptEmbed(b, segment('same')));
  });

  it('J9: A, B, A makes three jobs, and the last A is what stays', async () => {
    const scope = newScope();
    const ids = [];
    for (const text of ['A', 'B', 'A']) ids.push(await bench.acceptEmbed(scope, segment(text)));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) await bench.finish(await bench.lease(scope, id), ids.indexOf(id));
    expect((await bench.vector(scope, segment(''))).live_gen).toBe('3');
    expect((await bench.vector(scope, segment(''))).vector?.readFloatLE(0)).toBe(2);
  });

  it('J9: whatever order the jobs run in, the newest accepted text is live at the end and never replaced by an older one', async () => {
    for (const order of [
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      const scope = newScope();
      const ids = [];
      for (const text of ['first', 'second', 'third']) ids.push(await bench.acceptEmbed(scope, segment(text)));
      let newest = -1;
      for (const index of order) {
        const live = await bench.finish(await bench.lease(scope, ids[index] as (typeof ids)[0]), index);
        expect(live.size).toBe(index > newest ? 1 : 0);
        newest = Math.max(newest, index);
        expect((await bench.vector(scope, segment(''))).vector?.readFloatLE(0)).toBe(newest);
      }
      for (const id of ids) expect((await bench.job(id)).state).toBe('succeeded');
    }
  });

  it('J4: after a failure, a cancel or a delete the same text makes a new job', async () => {
    const scope = newScope();
    const failed = await bench.acceptEmbed(scope, segment('again'));
    await bench.leases().fail(scope, await bench.lease(scope, failed), { code: 'x', message: 'no', retryable: false, backoffMs: 0 });
    const cancelled = await bench.acceptEmbed(scope, segment('again'));
    expect(cancelled).not.toBe(failed);
    await bench.app.tenant(scope, (sql) => cancelJob(sql, wholeOrganisation(scope), cancelled));
    const done = await bench.acceptEmbed(scope, segment('again'));
    expect(done).not.toBe(cancelled);
    await bench.finish(await bench.lease(scope, done));
    await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    expect(await bench.acceptEmbed(scope, segment('again'))).not.toBe(done);
  });

  it('two tuples with one point id are told apart: the second is refused', async () => {
    const scope = newScope();
    await bench.acceptEmbed(scope, segment('first', { assetId: 'a:b', segmentId: 'c' }));
    const second = bench.acceptEmbed(scope, segment('second', { assetId: 'a', segmentId: 'b:c' }));
    await expect(second).rejects.toMatchObject({ code: 'point_id_taken' });
    expect(await bench.count('jobs', scope)).toBe(1);
  });
});

describe('accepting a batch', () => {
  const batch = (texts: string[], assetId = 'batch'): Segment[] => texts.map((text, index) => segment(text, { assetId, segmentId: `s${index}` }));

  it('J4: twenty equal batches at once make one job', async () => {
    const scope = newScope();
    const ids = await many(20, () => bench.acceptBatch(scope, batch(['a', 'b', 'c'])));
    expect(new Set(ids).size).toBe(1);
    expect([await bench.count('jobs', scope), await bench.count('job_inputs', scope)]).toEqual([1, 3]);
  });

  it('J9: batches over the same segments in opposite orders, all at once, end without a deadlock and count generations', async () => {
    const scope = newScope();
    const forth = batch(['1', '2', '3', '4', '5', '6', '7', '8']);
    await many(24, (index) =>
      bench.acceptBatch(
        scope,
        (index % 2 ? forth : forth.toReversed()).map((one) => ({ ...one, text: `${one.text} ${index}` })),
      ),
    );
    for (const one of forth) expect((await bench.vector(scope, one)).gen).toBe('24');
    const owners = await Promise.all(forth.map(async (one) => (await bench.vector(scope, one)).owner_job_id));
    expect(new Set(owners).size).toBe(1);
  });

  it('J4: a batch is no twin any more once one of its points was written by another request', async () => {
    const scope = newScope();
    const first = await bench.acceptBatch(scope, batch(['a', 'b']));
    await bench.acceptEmbed(scope, segment('other', { assetId: 'batch', segmentId: 's1' }));
    expect(await bench.acceptBatch(scope, batch(['a', 'b']))).not.toBe(first);
  });

  it('a segment whose point id another tuple holds is left out and named; the others are accepted', async () => {
    const scope = newScope();
    await bench.acceptEmbed(scope, segment('holder', { assetId: 'x:y', segmentId: 'z' }));
    const id = await bench.acceptBatch(scope, [segment('in', { assetId: 'x', segmentId: 'fine' }), segment('out', { assetId: 'x', segmentId: 'y:z' })]);
    const [row] = await bench.database.sql<{ payload: object }>('SELECT payload FROM jobs WHERE id = $1', [id]);
    expect(row?.payload).toEqual({ refused: ['y:z'] });
    expect(await bench.count('job_inputs', scope)).toBe(2);
  });
});

describe('accepting a job of a type without points', () => {
  const key = (orgId: string) => jobKeyOf(orgId as never, 'mock_process', { type: 'mock_process' });

  it('J4: live twins are one job, and an ended one makes room for the next', async () => {
    const scope = newScope();
    const accept = () => acceptJob(bench.app, scope, { type: 'mock_process', jobKey: key(scope.orgId), payload: {}, maxAttempts: 3 });
    const ids = await many(50, accept);
    const [id] = ids as [(typeof ids)[0]];
    expect(new Set(ids).size).toBe(1);
    expect(await bench.count('outbox', scope)).toBe(1);
    await bench.leases().succeed(await bench.lease(scope, id), {});
    expect(await accept()).not.toBe(id);
  });

  it('G1: a transaction that is rolled back leaves neither job nor event nor bell', async () => {
    const scope = newScope();
    const rolledBack = bench.app.tenant(scope, async (sql) => {
      await acceptJob(bench.app, scope, { type: 'mock_process', jobKey: key(scope.orgId), payload: {}, maxAttempts: 3 }, sql);
      throw new Error('the effect failed');
    });
    await expect(rolledBack).rejects.toThrow('the effect failed');
    for (const table of ['jobs', 'job_events', 'outbox']) expect(await bench.count(table, scope)).toBe(0);
  });
});

describe('deleting', () => {
  it('V6: a delete beats the job that runs, and the job still ends', async () => {
    const scope = newScope();
    const lease = await bench.lease(scope, await bench.acceptEmbed(scope, segment('doomed')));
    expect(await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))))).toBe(true);
    expect((await bench.finish(lease)).size).toBe(0);
    expect(await bench.vector(scope, segment(''))).toMatchObject({ live_token: null, vector: null });
    expect((await bench.job(lease.jobId)).state).toBe('succeeded');
  });

  it('V6: what is sent after a delete lives, also when a job from before it ends last', async () => {
    const scope = newScope();
    const before = await bench.lease(scope, await bench.acceptEmbed(scope, segment('before')));
    await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    const after = await bench.lease(scope, await bench.acceptEmbed(scope, segment('after')));
    await bench.finish(after, 7);
    await bench.finish(before, 8);
    expect((await bench.vector(scope, segment(''))).vector?.readFloatLE(0)).toBe(7);
  });

  it('V6: what was accepted before a delete stays dead, also when a later text brought the point back and then failed', async () => {
    const scope = newScope();
    const before = await bench.lease(scope, await bench.acceptEmbed(scope, segment('before')));
    await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    const after = await bench.lease(scope, await bench.acceptEmbed(scope, segment('after')));
    await bench.leases().fail(scope, after, { code: 'x', message: 'no', retryable: false, backoffMs: 0 });
    expect((await bench.finish(before)).size).toBe(0);
    expect((await bench.vector(scope, segment(''))).live_token).toBeNull();
  });

  it('V6: a second delete of the same point finds nothing', async () => {
    const scope = newScope();
    await bench.finish(await bench.lease(scope, await bench.acceptEmbed(scope, segment('once'))));
    const remove = () => bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    expect([await remove(), await remove()]).toEqual([true, false]);
  });
});

describe('garbage', () => {
  const garbageOf = async (orgId: string): Promise<string[]> =>
    (await bench.database.sql<{ stored_id: string }>('SELECT stored_id FROM garbage_points WHERE org_id = $1', [orgId])).map((row) => row.stored_id).sort();

  it('the point that a newer one replaces is garbage, under the id that its own attempt stored it', async () => {
    const scope = newScope();
    const first = await bench.lease(scope, await bench.acceptEmbed(scope, segment('old')));
    await bench.finish(first);
    expect(await garbageOf(scope.orgId)).toEqual([]);
    await bench.finish(await bench.lease(scope, await bench.acceptEmbed(scope, segment('new'))));
    expect(await garbageOf(scope.orgId)).toEqual([storedPointIdOf(pointOf(scope, segment('')), first.token)]);
  });

  it('what a superseded, a failed and a deleted attempt stored is garbage too', async () => {
    const scope = newScope();
    const stored = (token: string) => storedPointIdOf(pointOf(scope, segment('')), token);
    const [old, current] = [await bench.acceptEmbed(scope, segment('old')), await bench.acceptEmbed(scope, segment('current'))];
    const late = await bench.lease(scope, old);
    const live = await bench.lease(scope, current);
    await bench.finish(live);
    await bench.finish(late);
    const broken = await bench.lease(scope, await bench.acceptEmbed(scope, segment('broken')));
    await bench.leases().fail(scope, broken, { code: 'x', message: 'no', retryable: false, backoffMs: 0 });
    await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    expect(await garbageOf(scope.orgId)).toEqual([stored(late.token), stored(broken.token), stored(live.token)].sort());
  });

  it('the stored id is the same in TypeScript and in SQL, for many random points', async () => {
    const pairs = Array.from({ length: 200 }, () => [randomUUID(), randomUUID()] as const);
    const { storedIdSql } = await import('../../../common/dist/jobs/job-sql.js');
    const rows = await bench.database.sql<{ id: string }>(
      `SELECT ${storedIdSql('p.point', 'p.token')} AS id FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS p(point, token, n) ORDER BY n`,
      [pairs.map(([point]) => point), pairs.map(([, token]) => token)],
    );
    expect(rows.map((row) => row.id)).toEqual(pairs.map(([point, token]) => storedPointIdOf(point as never, token)));
  });
});

describe('retrying', () => {
  it('J6: a retry is accepted anew: it beats what was accepted while the job was down', async () => {
    const scope = newScope();
    const id = await bench.acceptEmbed(scope, segment('retried'));
    await bench.app.tenant(scope, (sql) => cancelJob(sql, wholeOrganisation(scope), id));
    const between = await bench.acceptEmbed(scope, segment('between'));
    await bench.app.tenant(scope, (sql) => retryJob(sql, wholeOrganisation(scope), id));
    await bench.finish(await bench.lease(scope, id), 5);
    await bench.finish(await bench.lease(scope, between), 6);
    expect((await bench.vector(scope, segment(''))).vector?.readFloatLE(0)).toBe(5);
  });

  it('J6: a retry after the point was deleted makes it live again, as if the text were sent now', async () => {
    const scope = newScope();
    await bench.finish(await bench.lease(scope, await bench.acceptEmbed(scope, segment('live'))));
    const id = await bench.acceptEmbed(scope, segment('cancelled'));
    await bench.app.tenant(scope, (sql) => cancelJob(sql, wholeOrganisation(scope), id));
    await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment(''))));
    await bench.app.tenant(scope, (sql) => retryJob(sql, wholeOrganisation(scope), id));
    expect((await bench.finish(await bench.lease(scope, id), 9)).size).toBe(1);
    expect((await bench.vector(scope, segment(''))).vector?.readFloatLE(0)).toBe(9);
  });
});

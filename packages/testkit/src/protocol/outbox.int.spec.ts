import { randomUUID } from 'node:crypto';
import {
  BellRinger,
  type ClaimedBell,
  connectNats,
  DependencyError,
  ensureJobStream,
  listParked,
  NatsConfig,
  OutboxRepository,
  redriveParked,
  Subjects,
} from '@cairn/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { sharedStack } from '../system/shared-stack.js';
import { natsUrlOf } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());
beforeEach(() => bench.database.sql('DELETE FROM outbox'));

/** Rows without jobs are enough for everything that only rings. */
async function fill(orgId: string, rows: number, lane = 'interactive'): Promise<void> {
  await bench.database.sql(
    `INSERT INTO outbox (org_id, id, job_id, job_type, lane) SELECT $1, gen_random_uuid(), gen_random_uuid(), 'mock_process', $3 FROM generate_series(1, $2)`,
    [orgId, rows, lane],
  );
}

const shareOf = (bells: ClaimedBell[], orgId: string): number => bells.filter((bell) => bell.orgId === orgId).length;

describe('claiming', () => {
  it('G12: of a tenant with five thousand bells and twenty with one, all twenty are in the first batch', async () => {
    const [loud, ...quiet] = Array.from({ length: 21 }, () => randomUUID());
    await fill(loud as string, 5_000);
    for (const orgId of quiet) await fill(orgId, 1);
    const first = await bench.ring('interactive', 100, 1_000);
    for (const orgId of quiet) expect(shareOf(first, orgId)).toBe(1);
    expect(first.length).toBeLessThanOrEqual(100);
    expect(shareOf(first, loud as string)).toBeGreaterThan(0);
  });

  it('G12: more tenants than a batch holds: nobody waits for ever', async () => {
    const orgIds = Array.from({ length: 60 }, () => randomUUID());
    for (const orgId of orgIds) await fill(orgId, 2);
    const served = new Set<string>();
    for (let round = 0; round < 12; round++) for (const bell of await bench.ring('interactive', 20, 100)) served.add(bell.orgId);
    expect(served.size).toBe(60);
  });

  it('G12: a tenant has at most its cap of unanswered bells, and gets room when they are answered', async () => {
    const orgId = randomUUID();
    await fill(orgId, 300);
    for (let round = 0; round < 5; round++) await bench.ring('interactive', 80, 100);
    expect((await bench.outbox.backlog()).unanswered).toBe(100);
    expect(await bench.outbox.dueLanes()).toEqual(new Set(['interactive']));
    await bench.database.sql('DELETE FROM outbox WHERE ctid IN (SELECT ctid FROM outbox WHERE published_at IS NOT NULL LIMIT 30)');
    expect(await bench.ring('interactive', 80, 100)).toHaveLength(30);
  });

  it('lanes have bells of their own', async () => {
    const orgId = randomUUID();
    await fill(orgId, 3, 'bulk');
    expect(await bench.ring('interactive')).toEqual([]);
    expect(await bench.ring('bulk')).toHaveLength(3);
  });

  it('J3: dispatchers that claim at the same moment get different rows, and together all of them', async () => {
    for (let index = 0; index < 6; index++) await fill(randomUUID(), 40);
    const others = [bench.outbox, new OutboxRepository(await bench.database.as('dispatch')), new OutboxRepository(await bench.database.as('dispatch'))];
    const claimed: ClaimedBell[][] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const claims = others.map((outbox) =>
      outbox.withClaimed({ lane: 'interactive', batch: 90, perTenantCap: 1_000 }, async (bells) => {
        claimed.push(bells);
        if (claimed.length === others.length) release();
        await held; // all three hold their rows at once
      }),
    );
    await Promise.all(claims);
    const ids = claimed.flat().map((bell) => bell.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(claimed.every((bells) => bells.length > 0)).toBe(true);
    expect(await bench.ring('interactive', 500, 1_000)).toHaveLength(240); // none was marked, so all are free again
  });

  it('J2: what a dispatcher claimed and never marked is free again when it dies', async () => {
    await fill(randomUUID(), 5);
    const dying = bench.outbox.withClaimed({ lane: 'interactive', batch: 10, perTenantCap: 10 }, async () => Promise.reject(new Error('died')));
    await expect(dying).rejects.toThrow('died');
    expect(await bench.ring('interactive')).toHaveLength(5);
  });

  it('a bell that was rung is not claimed again, and is gone when its job is leased', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    expect((await bench.ring('interactive')).map((bell) => bell.jobId)).toEqual([id]);
    expect(await bench.ring('interactive')).toEqual([]);
    await bench.lease(scope, id);
    expect(await bench.count('outbox', scope)).toBe(0);
  });
});

describe('bells that nobody answers', () => {
  const age = () => bench.database.sql(`UPDATE outbox SET published_at = published_at - interval '1 hour'`);

  it('J2: are rung again as another ring, by one of many sweepers', async () => {
    const scope = newScope();
    await bench.acceptMock(scope);
    const [first] = await bench.ring('interactive');
    await age();
    const sweeps = await Promise.all(Array.from({ length: 5 }, () => bench.sweeps.sweep({ reRingAfterMs: 30_000 })));
    expect(sweeps.reduce((sum, { reRung }) => sum + reRung, 0)).toBe(1);
    const [second] = await bench.ring('interactive');
    expect([second?.id, second?.rings]).toEqual([first?.id, (first?.rings ?? 0) + 1]);
  });

  it('J2: are left alone while the worker may still come', async () => {
    await bench.acceptMock(newScope());
    await bench.ring('interactive');
    expect((await bench.sweeps.sweep({ reRingAfterMs: 30_000 })).reRung).toBe(0);
    expect(await bench.ring('interactive')).toEqual([]);
  });

  it('F5: are all rung again at once when the broker lost its store', async () => {
    for (let index = 0; index < 10; index++) await bench.acceptMock(newScope());
    await bench.ring('interactive');
    expect(await bench.sweeps.reRingAll()).toBe(10);
    expect((await bench.ring('interactive')).map((bell) => bell.rings)).toEqual(Array(10).fill(1));
  });

  it('J2: a waiting job without a bell gets one', async () => {
    const scope = newScope();
    const id = await bench.acceptMock(scope);
    await bench.database.sql('DELETE FROM outbox WHERE org_id = $1', [scope.orgId]);
    expect((await bench.sweeps.sweep({ reRingAfterMs: 30_000 })).silent).toBe(0);
    await bench.database.sql(`UPDATE jobs SET updated_at = updated_at - interval '1 minute' WHERE id = $1`, [id]);
    expect((await bench.sweeps.sweep({ reRingAfterMs: 30_000 })).silent).toBe(1);
    expect((await bench.ring('interactive')).map((bell) => bell.jobId)).toEqual([id]);
  });
});

describe('bells that the broker refuses', () => {
  const refuseAll = (cap: number) =>
    bench.outbox.withClaimed({ lane: 'interactive', batch: 100, perTenantCap: 100 }, async (bells, sql) => {
      const states = [];
      for (const bell of bells) states.push(await bench.outbox.markRefused(sql, bell, 'too large', cap));
      return states;
    });
  const hurry = () => bench.database.sql('UPDATE outbox SET due_at = clock_timestamp()');

  it('J3: wait longer after each refusal and are parked after the last, while others flow', async () => {
    const [bad, good] = [newScope(), newScope()];
    const id = await bench.acceptMock(bad);
    for (const expected of ['waiting', 'waiting', 'parked']) {
      expect(await refuseAll(3)).toEqual([expected]);
      expect(await bench.ring('interactive')).toEqual([]); // not due yet, or parked
      await hurry();
    }
    const other = await bench.acceptMock(good);
    expect((await bench.ring('interactive')).map((bell) => bell.jobId)).toEqual([other]);
    expect(await bench.app.tenant(bad, (sql) => listParked(sql, bad))).toEqual([expect.objectContaining({ job_id: id, refusals: 3, last_error: 'too large' })]);
    expect(await bench.app.tenant(good, (sql) => listParked(sql, good))).toEqual([]);
    expect((await bench.outbox.backlog()).parked).toBe(1);
  });

  it('J3: parked bells are driven again, all or only those named, and only those of the caller', async () => {
    const [scope, other] = [newScope(), newScope()];
    for (let index = 0; index < 3; index++) await bench.acceptMock(scope);
    await refuseAll(1);
    const parked = await bench.app.tenant(scope, (sql) => listParked(sql, scope));
    const ids = parked.map((row) => row.id);
    expect(await bench.app.tenant(other, (sql) => redriveParked(sql, other, ids))).toBe(0);
    expect(await bench.app.tenant(scope, (sql) => redriveParked(sql, scope, ids.slice(0, 1)))).toBe(1);
    const [driven] = await bench.ring('interactive');
    expect(driven).toMatchObject({ id: ids[0], refusals: 0, rings: 1 });
    expect(await bench.app.tenant(scope, (sql) => redriveParked(sql, scope))).toBe(2);
    expect(await bench.ring('interactive')).toHaveLength(2);
  });
});

describe('ringing at a real broker', () => {
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const subjects = new Subjects(namespace);
  let nats: NatsConnection;
  let ringer: BellRinger;
  beforeAll(async () => {
    nats = await connectNats(Object.assign(new NatsConfig(), { urls: [natsUrlOf(sharedStack())] }), 'test');
    ringer = new BellRinger(nats, subjects, 2_000);
  });
  afterAll(async () => {
    const manager = await jetstreamManager(nats);
    await manager.streams.delete(subjects.jobStream).catch(() => undefined);
    ringer.close();
    await nats.close();
  });

  const bell = (over: Partial<ClaimedBell> = {}): ClaimedBell => ({
    id: randomUUID(),
    orgId: newScope().orgId,
    jobId: randomUUID() as never,
    jobType: 'mock_process',
    lane: 'interactive',
    rings: 0,
    refusals: 0,
    traceparent: null,
    correlationId: null,
    createdAt: new Date(),
    ...over,
  });
  const stored = async () => (await (await jetstreamManager(nats)).streams.info(subjects.jobStream)).state.messages;

  it('F5: says that the stream is missing, which is an outage and no refusal', async () => {
    await expect(ringer.ring([bell()])).rejects.toThrow(DependencyError);
  });

  it('F2: the same ring again is stored once, and another ring of the same bell again, even after the first was consumed', async () => {
    await ensureJobStream(nats, subjects, { replicas: 1, ackWaitMs: 1_000 });
    const one = bell();
    for (let repeat = 0; repeat < 3; repeat++) expect(await ringer.ring([one])).toEqual([{ kind: 'rung' }]);
    expect(await stored()).toBe(1);
    await (await jetstreamManager(nats)).streams.purge(subjects.jobStream);
    await ringer.ring([one]);
    expect(await stored()).toBe(0);
    await ringer.ring([{ ...one, rings: 1 }]);
    expect(await stored()).toBe(1);
  });

  it('T13: a message holds two ids and nothing else', async () => {
    const manager = await jetstreamManager(nats);
    await manager.streams.purge(subjects.jobStream);
    const one = bell({ correlationId: 'corr-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
    await ringer.ring([one]);
    const message = await manager.streams.getMessage(subjects.jobStream, { last_by_subj: subjects.job('interactive', 'mock_process') });
    expect(message?.json()).toEqual({ org_id: one.orgId, job_id: one.jobId });
    expect(message?.header.keys().sort()).toEqual(['Nats-Msg-Id', 'X-Correlation-ID', 'traceparent']);
    expect(message?.subject).not.toMatch(/[0-9a-f]{8}-/);
  });

  it('J3: a message that the broker refuses is told apart from the others of its batch', async () => {
    const manager = await jetstreamManager(nats);
    const { config } = await manager.streams.info(subjects.jobStream);
    await manager.streams.update(subjects.jobStream, { ...config, max_msg_size: 400 });
    const outcomes = await ringer.ring([bell(), bell({ correlationId: 'x'.repeat(500) }), bell()]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['rung', 'refused', 'rung']);
    await manager.streams.update(subjects.jobStream, { ...config, max_msg_size: -1 });
  });

  it('F19: a stream that is full is an outage and no refusal: nothing may be parked because of it', async () => {
    const manager = await jetstreamManager(nats);
    const { config } = await manager.streams.info(subjects.jobStream);
    await manager.streams.purge(subjects.jobStream);
    await manager.streams.update(subjects.jobStream, { ...config, max_msgs: 1, discard: 'new' as never });
    await ringer.ring([bell()]);
    await expect(ringer.ring([bell()])).rejects.toThrow(DependencyError);
    await manager.streams.update(subjects.jobStream, { ...config, max_msgs: -1 });
  });

  it('many services that make the stream at once all succeed, and nobody makes it again', async () => {
    const fresh = new Subjects(`${namespace}x`);
    const ensure = () => ensureJobStream(nats, fresh, { replicas: 1, ackWaitMs: 1_000 });
    const made = await Promise.all(Array.from({ length: 8 }, ensure));
    expect(new Set(made.map(({ bornAt }) => bornAt)).size).toBe(1);
    expect(await ensure()).toEqual(made[0]);
    const manager = await jetstreamManager(nats);
    await until('both consumers', async () => (await manager.streams.info(fresh.jobStream)).state.consumer_count === 2);
    await manager.streams.delete(fresh.jobStream);
  });
});

import { randomUUID } from 'node:crypto';
import { type Answer, acceptJob, type Database, type IdempotentRequest, once, type Sql, type TenantScope } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const request = (over: Partial<IdempotentRequest> = {}): IdempotentRequest => ({ route: 'POST /jobs', key: randomUUID(), content: [{}, { a: 1 }], ...over });

/** An effect that can be counted: each call accepts a job of its own. */
function effect(scope: TenantScope, database: Database = bench.app): (sql: Sql) => Promise<Answer> {
  return async (sql) => {
    const id = await acceptJob(database, scope, { type: 'mock_process', jobKey: randomUUID(), payload: {}, maxAttempts: 1 }, sql);
    return { status: 200, body: { job_id: id } };
  };
}

describe('a request with an Idempotency-Key', () => {
  it('J5: takes effect once, and a repeat gets the first answer', async () => {
    const scope = newScope();
    const one = request();
    const first = await once(bench.app, scope, one, effect(scope));
    expect(await once(bench.app, scope, one, effect(scope))).toEqual(first);
    expect(await bench.count('jobs', scope)).toBe(1);
  });

  it('J5: an answer without a body is repeated without one', async () => {
    const scope = newScope();
    const one = request({ route: 'DELETE /vectors/:point_id' });
    const work = async () => ({ status: 204, body: undefined });
    await once(bench.app, scope, one, work);
    expect(await once(bench.app, scope, one, work)).toEqual({ status: 204, body: undefined });
  });

  it('J5: with another body or other parameters is refused and takes no effect', async () => {
    const scope = newScope();
    const one = request();
    await once(bench.app, scope, one, effect(scope));
    for (const content of [[{}, { a: 2 }], [{ id: 'x' }, { a: 1 }], null]) {
      await expect(once(bench.app, scope, { ...one, content }, effect(scope))).rejects.toMatchObject({ code: 'idempotency_mismatch' });
    }
    expect(await bench.count('jobs', scope)).toBe(1);
  });

  it('J5: the same key means something else on another route and in another organisation', async () => {
    const [mine, theirs] = [newScope(), newScope()];
    const one = request();
    const answers = [
      await once(bench.app, mine, one, effect(mine)),
      await once(bench.app, mine, { ...one, route: 'POST /other' }, effect(mine)),
      await once(bench.app, theirs, one, effect(theirs)),
    ];
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(3);
  });

  it('J5: while the first is being handled a repeat is told so, and waits for nobody', async () => {
    const scope = newScope();
    const one = request();
    let finish: () => void = () => undefined;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = once(bench.app, scope, one, async (sql) => {
      const answer = await effect(scope)(sql);
      begin();
      await held;
      return answer;
    });
    await begun;
    await expect(once(bench.app, scope, one, effect(scope))).rejects.toMatchObject({ code: 'request_in_flight', retryAfterSeconds: 1 });
    finish();
    const answer = await first;
    expect(await once(bench.app, scope, one, effect(scope))).toEqual(answer);
  });

  it('J5: of thirty at once one takes effect, and every other gets its answer or is told to wait', async () => {
    const scope = newScope();
    const one = request();
    const database = await bench.database.as('app');
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => once(index % 2 ? bench.app : database, scope, one, effect(scope))));
    expect(await bench.count('jobs', scope)).toBe(1);
    const answers = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => JSON.stringify(outcome.value));
    expect(new Set(answers).size).toBe(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'request_in_flight' });
  });

  it('J5: an effect that fails leaves nothing, neither of itself nor of the key', async () => {
    const scope = newScope();
    const one = request();
    const failing = once(bench.app, scope, one, async (sql) => {
      await effect(scope)(sql);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect([await bench.count('jobs', scope), await bench.count('idempotency_keys', scope)]).toEqual([0, 0]);
    await once(bench.app, scope, one, effect(scope));
    expect(await bench.count('jobs', scope)).toBe(1);
  });

  it('J5: is forgotten after a day, and then means a new request', async () => {
    const scope = newScope();
    const one = request();
    const first = await once(bench.app, scope, one, effect(scope));
    const [row] = await bench.database.sql<{ hours: number }>(
      'SELECT extract(epoch FROM expires_at - now())::float8 / 3600 AS hours FROM idempotency_keys WHERE org_id = $1',
      [scope.orgId],
    );
    expect(row?.hours).toBeCloseTo(24, 1);
    await bench.database.sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE org_id = $1`, [scope.orgId]);
    const second = await once(bench.app, scope, { ...one, content: 'another' }, effect(scope));
    expect(second).not.toEqual(first);
    expect(await once(bench.app, scope, { ...one, content: 'another' }, effect(scope))).toEqual(second);
    await bench.database.sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE org_id = $1`, [scope.orgId]);
    await bench.sweeps.forget({ inputHours: 24, eventDays: 30 });
    expect(await bench.count('idempotency_keys', scope)).toBe(0);
  });
});

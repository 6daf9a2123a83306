import { AHEAD_COUNTS_MS, type OrgId, type Sql, type Statement, scopeOfPrincipal } from '@cairn/common';
import type { Hit, QdrantGateway, SearchRequest } from '@cairn/retrieval';
import { describe, expect, it } from '@jest/globals';
import { LiveSearch } from './live-search.js';

const scope = scopeOfPrincipal({ orgId: '550e8400-e29b-41d4-a716-446655440000' as OrgId, actor: 'user:1' });
const nothing = { rows: async () => [] } as unknown as Sql;

/** What Qdrant is asked for, where it has more candidates than are asked for, and none of them is live. */
async function askedOf(question: object, candidates: number): Promise<{ requests: SearchRequest[]; refills: number }> {
  const requests: SearchRequest[] = [];
  const gateway = {
    search: async (_scope: unknown, _space: string, request: SearchRequest) => {
      requests.push(request);
      const first = request.excludeIds?.length ?? 0;
      const count = Math.min(request.limit, candidates - first);
      return Array.from({ length: count }, (_, at) => ({ id: `${first + at}`, score: 1, payload: { point_id: 'p', token: 't' } })) as unknown as Hit[];
    },
  } as unknown as QdrantGateway;
  const search = new LiveSearch(gateway, { searched() {}, hidden() {} } as never);
  const state = { losses: Promise.resolve('none'), fresh: Promise.resolve([]) };
  const asked = { space: 's', vector: Float32Array.of(1), conditions: {}, limit: 4, state, timings: {}, mustEndBy: Number.POSITIVE_INFINITY };
  const { refills } = await search.find(nothing, scope, { ...asked, ...question });
  return { requests, refills };
}

it('L5: a statement that wants to be exact is compared with every vector, and one whose caller leaves is heard of', async () => {
  const { signal } = new AbortController();
  const [usual] = (await askedOf({ signal }, 0)).requests;
  const [exact] = (await askedOf({ isExact: true }, 0)).requests;
  expect([usual?.params, usual?.signal, exact?.params]).toEqual([undefined, signal, { exact: true }]);
});

it('L6: it is told how often more had to be asked for', async () => {
  const { requests, refills } = await askedOf({}, 10);
  expect([requests.map(({ limit }) => limit), refills]).toEqual([[6, 12], 1]);
  expect((await askedOf({}, 3)).refills).toBe(0);
});

describe('what Qdrant was asked before the snapshot', () => {
  const vector = Float32Array.of(1);
  const question = { space: 's', vector, conditions: {}, limit: 1, timings: {}, mustEndBy: Number.POSITIVE_INFINITY };
  const metrics = { searched() {}, hidden() {} } as never;

  /** A Postgres that says how often the space was lost, and that what has the point id `live` is live. */
  function postgres(losses: string) {
    const asked: string[] = [];
    const state = { restoring: false, losses, hasFresh: false };
    const answers: Record<string, object[]> = { space_state: [state], judged_vectors: [{ ...state, pointId: 'live', token: 't' }] };
    const rows = async ({ name }: Statement) => {
      asked.push(name);
      return answers[name] ?? [{ pointId: 'live', token: 't' }].filter(() => name === 'visible_vectors');
    };
    return { sql: { rows } as unknown as Sql, asked };
  }

  /** A search that has searched before, when the space had been lost once; Qdrant has what is live, and what is not. */
  async function begun() {
    const requests: SearchRequest[] = [];
    const gateway = {
      search: async (_scope: unknown, _space: string, request: SearchRequest) => {
        requests.push(request);
        return ['live', 'dead'].map((id) => ({ id, score: 1, payload: { point_id: id, token: 't' } })) as unknown as Hit[];
      },
    } as unknown as QdrantGateway;
    const search = new LiveSearch(gateway, metrics);
    await search.find(postgres('1').sql, scope, question);
    requests.splice(0);
    return { search, requests, gateway };
  }

  async function found({ search, requests }: Pick<Awaited<ReturnType<typeof begun>>, 'search' | 'requests'>, losses: string, agoMs = 0) {
    const { sql, asked } = postgres(losses);
    const early = await search.ahead(scope, [vector], question);
    const aheads = new Map([...(early ?? [])].map(([key, ahead]) => [key, { ...ahead, askedAt: ahead.askedAt - agoMs }]));
    const { state, aheads: judged } = search.judged(sql, scope, question, aheads);
    const answer = await search.find(sql, scope, { ...question, state, ahead: judged.get(vector) });
    return { points: answer.results.map(({ pointId }) => pointId), losses: answer.losses, requests: requests.length, asked };
  }

  it('is judged by one statement, and nothing is asked afterwards', async () => {
    expect(await found(await begun(), '1')).toEqual({ points: ['live'], losses: undefined, requests: 1, asked: ['judged_vectors'] });
  });

  it('G6: is asked again where the space was lost in between, and how often it was is asked afterwards', async () => {
    expect(await found(await begun(), '2')).toMatchObject({ points: ['live'], losses: '2', requests: 2, asked: ['judged_vectors', 'visible_vectors'] });
  });

  it('G6: is asked again where it is judged too late', async () => {
    const searching = await begun();
    expect(await found(searching, '1', AHEAD_COUNTS_MS)).toMatchObject({ points: ['live'], losses: '1', requests: 2 });
    expect(await searching.search.ahead(scope, [vector], question)).toBeUndefined(); // for a while: it would be asked twice
  });

  it('Q2: says that it was late, whatever its request ended with', async () => {
    const { search, gateway } = await begun();
    gateway.search = (_scope, _space, { signal }) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('given up'))));
    const aheads = await search.ahead(scope, [vector], { ...question, mustEndBy: performance.now() + 20 });
    await expect(aheads?.get(vector)?.hits).rejects.toThrow('took too long');
  });

  it('G6: is not asked of a space that no search has seen whole', async () => {
    const { search } = await begun();
    expect(await search.ahead(scope, [vector], { ...question, space: 'another' })).toBeUndefined();
  });

  it('G6: goes on where too few of it are live', async () => {
    const { search, requests } = await begun();
    const { sql } = postgres('1');
    const asking = { ...question, limit: 2 };
    const aheads = await search.ahead(scope, [vector], { ...asking, limit: 1 });
    const { state, aheads: judged } = search.judged(sql, scope, asking, aheads ?? new Map());
    const { losses } = await search.find(sql, scope, { ...asking, state, ahead: judged.get(vector) });
    expect([requests.map(({ limit }) => limit), losses]).toEqual([[2, 3], '1']);
  });
});

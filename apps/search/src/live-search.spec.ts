import { type OrgId, type Sql, scopeOfPrincipal } from '@cairn/common';
import type { Hit, QdrantGateway, SearchRequest } from '@cairn/retrieval';
import { expect, it } from '@jest/globals';
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

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(60_000);

interface Summary extends Record<string, unknown> {
  searches: number;
  unique_users: number;
  zero_results: number;
  zero_result_rate: number | null;
  documents: number;
  latency_ms: Record<'p50' | 'p95' | 'p99', number | null>;
}

interface Asked {
  query: string;
  count: number;
  last_at: string;
  results: number;
  ms: number;
}

interface Usage {
  documents: number;
  bytes: number;
  chunks: number;
  searches: number | null;
  collections: { collection_id: string; documents: number; bytes: number; chunks: number; searches: number | null }[];
}

const V2 = '/api/v2';
const HARBOUR = 'The harbour office opens at six.';
const BEES = 'Bees dance to show where flowers are.';
const NOWHERE = 'xylophone';

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const search = (client: ApiClient, query: string, ids: string[], more: object = {}) =>
  client.ok<{ next_cursor: string | null }>('POST', `${V2}/search`, { query, collection_uuids: ids, search_mode: 'sparse', ...more });
const summaryOf = (client: ApiClient, query = '') => client.ok<Summary>('GET', `${V2}/analytics/summary${query}`);
const asked = async (client: ApiClient, query: string) => (await client.ok<{ queries: Asked[] }>('GET', `${V2}/analytics/queries?${query}`)).queries;
const usageOf = (client: ApiClient) => client.ok<Usage>('GET', `${V2}/usage`);
const setLog = (client: ApiClient, query_log: boolean) => client.ok('PUT', `${V2}/analytics/settings`, { query_log });
const colleagueOf = (client: ApiClient) => system.client({ org: client.person.org, sub: randomUUID() });
const rowsOf = ({ person }: ApiClient) =>
  system.database.sql<{ query: string | null }>('SELECT query FROM search_events WHERE org_id = $1 ORDER BY at', [person.org]);

/** Resolves when all searches that were answered before are in the table, or never will be: they are written in the order of their answers. */
async function settled(): Promise<void> {
  const marker = system.client();
  await marker.ok('POST', `${V2}/search`, { query: 'marker', search_mode: 'sparse' });
  await until('the marker to be kept', async () => (await rowsOf(marker)).length > 0, 10_000);
}

async function make(client: ApiClient, ...texts: string[]): Promise<CollectionClient> {
  const collection = await CollectionClient.make(client);
  await collection.add(texts.map((text, at) => ({ external_id: `d${at}`, text })));
  return collection;
}

describe('what searches leave behind', () => {
  it('A1: seeded events give exact counts, as a whole, by collection and by day', async () => {
    const client = system.client();
    const [harbour, bees] = [await make(client, HARBOUR), await make(client, BEES, 'Honey is made of nectar.')];
    for (let times = 0; times < 2; times++) await search(client, 'harbour', [harbour.id]);
    await search(client, NOWHERE, [harbour.id]);
    await client.ok('POST', `${V2}/search/single`, { query: 'bees', collection_id: bees.id, search_mode: 'sparse' });
    const batch = [
      { query: 'harbour bees', collection_uuids: [harbour.id, bees.id], search_mode: 'sparse' },
      { query: 'honey', collection_uuids: [bees.id], search_mode: 'sparse' },
    ];
    await client.ok('POST', `${V2}/search/batch`, { searches: batch });
    await settled();
    const whole = await summaryOf(client);
    expect(whole).toMatchObject({ searches: 6, unique_users: 1, zero_results: 1, zero_result_rate: expect.closeTo(100 / 6, 9), documents: 3 });
    expect(whole).toMatchObject({
      chat_messages: null,
      sessions: null,
      no_answers: null,
      tokens: null,
      gpu_seconds: null,
      ratings: { count: null, average: null },
    });
    const { p50, p95, p99 } = whole.latency_ms as Record<string, number>;
    expect(p50).toBeGreaterThan(0);
    expect([p50, p95, p99]).toEqual([p50, p95, p99].sort((a, b) => (a as number) - (b as number)));
    expect(await summaryOf(client, `?collection_id=${harbour.id}`)).toMatchObject({ searches: 4, zero_results: 1, zero_result_rate: 25, documents: 1 });
    expect(await summaryOf(client, `?collection_id=${bees.id}`)).toMatchObject({ searches: 3, zero_results: 0, zero_result_rate: 0, documents: 2 });
    expect(await summaryOf(client, '?assistant=desk')).toMatchObject({ searches: 0, zero_result_rate: null, latency_ms: { p50: null } });
    for (const [route, list] of Object.entries({ queries: 'queries', 'usage/traffic': 'days', 'usage/latency': 'stages' }))
      expect([route, await client.ok('GET', `/analytics/${route}?assistant=desk&collection_id=${bees.id}`)]).toEqual([route, { [list]: [] }]);
    const { days } = await client.ok<{ days: { date: string; searches: number; zero_results: number }[] }>('GET', `${V2}/analytics/usage/traffic`);
    const sum = (name: 'searches' | 'zero_results') => days.reduce((all, day) => all + day[name], 0);
    expect([days.at(-1)?.date, sum('searches'), sum('zero_results')]).toEqual([new Date().toISOString().slice(0, 10), 6, 1]);
    const { stages } = await client.ok<{ stages: { stage: string; searches: number; p50: number }[] }>('GET', '/analytics/usage/latency');
    expect(stages.find(({ stage }) => stage === 'total')).toMatchObject({ searches: 6, p50 });
    expect(stages.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['words', 'texts']));
    const csv = await fetch(`${client.baseUrl}${V2}/analytics/usage/traffic`, {
      headers: { authorization: `Bearer ${devToken(client.person)}`, accept: 'text/csv' },
    });
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const [day] = days as { date: string; searches: number; unique_users?: number; zero_results: number }[];
    expect((await csv.text()).split('\r\n').slice(0, 2)).toEqual([
      'date,searches,unique_users,zero_results',
      `${day?.date},${day?.searches},${day?.unique_users},${day?.zero_results}`,
    ]);
  });

  it('A1: only searches of the time that is asked for count, and what is no time is refused', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR);
    await search(client, 'harbour', [id]);
    await search(client, 'office', [id]);
    await settled();
    const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    const noon = `${dayAgo(20)}T12:00:00Z`;
    await system.database.sql(`UPDATE search_events SET at = $2 WHERE org_id = $1 AND query = 'harbour'`, [client.person.org, noon]);
    const between = async (start: string, end: string) => (await summaryOf(client, `?start_date=${start}&end_date=${end}`)).searches;
    expect([(await summaryOf(client)).searches, (await summaryOf(client, `?start_date=${dayAgo(10)}`)).searches]).toEqual([2, 1]);
    expect(await between(noon, `${dayAgo(20)}T12:00:01Z`)).toBe(1);
    expect(await between(dayAgo(20), noon)).toBe(0);
    expect((await asked(client, `start_date=${dayAgo(20)}&end_date=${dayAgo(19)}`)).map(({ query }) => query)).toEqual(['harbour']);
    for (const query of ['start_date=yesterday', 'start_date=2026-02-01&end_date=2026-01-01', 'collection_id=', 'assistant=', 'helper=desk'])
      expect([query, [400, 422].includes((await client.call('GET', `/analytics/summary?${query}`)).status)]).toEqual([query, true]);
  });

  it('A1: pages of a cursor, questions why, and evaluations are no searches', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR, 'The harbour is closed.', 'A harbour of old.');
    const { next_cursor } = await search(client, 'harbour', [id], { k: 1 });
    await search(client, 'harbour', [id], { k: 1, cursor: next_cursor });
    await client.ok('POST', `${V2}/searches/why`, { query: 'harbour', collection_uuids: [id], external_id: 'd0' });
    const judgments = [{ query: 'harbour', external_id: 'd0', relevance: 1 }];
    const set = await client.ok<{ id: string }>('POST', `${V2}/judgment-sets`, { name: 'set', judgments });
    const evaluation = { judgment_set_id: set.id, collection_uuids: [id], configurations: [{ name: 'words', search_mode: 'sparse' }] };
    await client.ok('POST', `${V2}/evaluations`, evaluation);
    await settled();
    expect(await summaryOf(client)).toMatchObject({ searches: 1 });
  });

  it('A2: zero-result and slow queries appear, and those that are asked most', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR);
    for (const query of ['harbour', 'office', NOWHERE, 'harbour', NOWHERE, 'zzz', 'harbour']) await search(client, query, [id]);
    await settled();
    const countsOf = (queries: Asked[]) => queries.map(({ query, count, results }) => [query, count, results]);
    expect(countsOf(await asked(client, 'kind=zero'))).toEqual([
      [NOWHERE, 2, 0],
      ['zzz', 1, 0],
    ]);
    expect(countsOf(await asked(client, `kind=top&limit=2&collection_id=${id}`))).toEqual([
      ['harbour', 3, 1],
      [NOWHERE, 2, 0],
    ]);
    const slow = await asked(client, 'kind=slow');
    expect(slow.map(({ query }) => query).sort()).toEqual(['harbour', 'office', NOWHERE, 'zzz'].sort());
    expect(slow.map(({ ms }) => ms)).toEqual(slow.map(({ ms }) => ms).sort((a, b) => b - a));
    expect(Date.now() - Date.parse(slow[0]?.last_at ?? '')).toBeLessThan(60_000);
  });

  it('A1: nothing is searched yet: counts of nothing, and no made-up rates', async () => {
    const client = system.client();
    await client.ok('GET', `${V2}/collections`);
    expect(await summaryOf(client)).toMatchObject({ searches: 0, unique_users: 0, zero_result_rate: null, latency_ms: { p50: null, p95: null, p99: null } });
    expect([await asked(client, 'kind=top'), (await client.ok<{ days: [] }>('GET', '/analytics/usage/traffic')).days]).toEqual([[], []]);
  });

  it('A1: an address in a question never comes into the table', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR);
    const canary = `canary.${randomUUID().slice(0, 8)}@example.org`;
    await search(client, `harbour of ${canary}`, [id], { queries: [`and ${canary}, +49 170 1234567`] });
    await settled();
    expect(await rowsOf(client)).toEqual([{ query: 'harbour of [email]\nand [email], [number]' }]);
    const everything = await system.database.sql<{ row: string }>('SELECT e::text AS row FROM search_events e');
    expect(everything.filter(({ row }) => row.includes('canary.'))).toEqual([]);
  });

  it('A1: an organisation that wants no searches kept has none kept from then on', async () => {
    const [client, member] = [system.client(), system.client()];
    const { id } = await make(client, HARBOUR);
    expect(await client.ok('GET', `${V2}/analytics/settings`)).toEqual({ query_log: true });
    expect(await setLog(client, false)).toEqual({ query_log: false });
    await search(client, 'harbour', [id]);
    await settled();
    expect(await rowsOf(client)).toEqual([]);
    expect((await usageOf(client)).searches).toBeNull();
    await setLog(client, true);
    await search(client, 'office', [id]);
    await settled();
    expect(await rowsOf(client)).toEqual([{ query: 'office' }]);
    const { key } = await member.ok<{ key: string }>('POST', '/api-keys', { name: 'writer', scopes: ['write'] });
    const writer = new ApiClient(system.baseUrl, member.person, key);
    expect((await writer.call('PUT', `${V2}/analytics/settings`, { query_log: false })).status).toBe(403);
  });
});

describe('who sees what was searched for', () => {
  it('A1: another organisation sees nothing of it', async () => {
    const [client, stranger] = [system.client(), system.client()];
    const { id } = await make(client, HARBOUR);
    await search(client, 'harbour', [id]);
    await settled();
    expect(await summaryOf(stranger)).toMatchObject({ searches: 0, documents: 0 });
    expect(await asked(stranger, 'kind=top')).toEqual([]);
    const [foreign, absent] = [
      await stranger.call('GET', `/analytics/summary?collection_id=${id}`),
      await stranger.call('GET', `/analytics/summary?collection_id=${randomUUID()}`),
    ];
    expect([foreign.status, foreign.body.detail]).toEqual([404, absent.body.detail]);
  });

  it('A1: a question that was asked of a private collection is for those who may read it, also where it was asked of others too', async () => {
    const owner = system.client();
    const colleague = colleagueOf(owner);
    const [secret, open] = [await make(owner, HARBOUR), await make(owner, BEES)];
    await owner.ok('PATCH', open.path(), { is_public: true });
    await search(owner, 'secret harbour', [secret.id]);
    await search(owner, 'harbour and bees', [secret.id, open.id]);
    await search(owner, 'bees', [open.id]);
    await settled();
    const seen = async (client: ApiClient) => (await asked(client, 'kind=top')).map(({ query }) => query).sort();
    expect(await seen(owner)).toEqual(['bees', 'harbour and bees', 'secret harbour']);
    expect([await seen(colleague), await summaryOf(colleague)]).toMatchObject([['bees'], { searches: 1, documents: 1 }]);
    expect((await colleague.call('GET', `/analytics/queries?collection_id=${secret.id}`)).status).toBe(404);
    const [row] = await system.database.sql<{ id: string }>('SELECT id FROM users WHERE org_id = $1 AND subject = $2', [
      owner.person.org,
      colleague.person.sub,
    ]);
    await owner.ok('PUT', secret.path(`/shares/${row?.id}`), { role: 'read' });
    expect(await seen(colleague)).toEqual(await seen(owner));
    const { key } = await owner.ok<{ key: string }>('POST', '/api-keys', { name: 'limited', scopes: ['read'], collections: [open.id] });
    expect(await seen(new ApiClient(system.baseUrl, owner.person, key))).toEqual(['bees']);
  });
});

describe('what an organisation uses', () => {
  it('A1: is counted as a whole and by collection, of those that the caller may read', async () => {
    const owner = system.client();
    const colleague = colleagueOf(owner);
    const [harbour, bees] = [await make(owner, HARBOUR), await make(owner, BEES, 'Honey.')];
    await search(owner, 'harbour bees', [harbour.id, bees.id]);
    await search(owner, 'bees', [bees.id]);
    await settled();
    const [of1, of2] = [HARBOUR.length, BEES.length + 'Honey.'.length];
    const usage = await usageOf(owner);
    expect(usage).toMatchObject({ documents: 3, bytes: of1 + of2, chunks: 3, searches: 2 });
    expect(usage.collections).toEqual([
      { collection_id: bees.id, name: expect.any(String), documents: 2, bytes: of2, chunks: 2, searches: 2 },
      { collection_id: harbour.id, name: expect.any(String), documents: 1, bytes: of1, chunks: 1, searches: 1 },
    ]);
    expect(await usageOf(colleague)).toMatchObject({ documents: 3, searches: 2, collections: [] });
    expect(await owner.ok('GET', `${V2}/usage?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`)).toMatchObject({ documents: 3, searches: 0 });
    expect((await owner.call('GET', `${V2}/usage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`)).status).toBe(422);
  });

  it('A1: nothing is nothing', async () => {
    const client = system.client();
    await client.ok('GET', `${V2}/collections`);
    expect(await usageOf(client)).toMatchObject({ documents: 0, bytes: 0, chunks: 0, searches: 0, collections: [] });
  });
});

describe('keeping searches', () => {
  it('A1: never costs an answer, and what was lost is counted', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR);
    const lost = async () =>
      /^cairn_search_events_dropped_total\{[^}]*reason="failed"[^}]*\} (\d+)/m.exec(await (await fetch(`${system.service('search').url}/metrics`)).text())?.[1];
    await system.database.sql('REVOKE INSERT ON search_events FROM cairn_app');
    try {
      await search(client, 'harbour', [id]);
      await until('the loss to be counted', async () => (await lost()) === '1');
    } finally {
      await system.database.sql('GRANT INSERT ON search_events TO cairn_app');
    }
    await search(client, 'office', [id]);
    await settled();
    expect(await rowsOf(client)).toEqual([{ query: 'office' }]);
  });

  it('A1: is done with before the service ends', async () => {
    const client = system.client();
    const { id } = await make(client, HARBOUR);
    await search(client, 'harbour', [id]);
    const service = system.service('search');
    service.signal('SIGTERM');
    expect(await service.gone()).toBe(0);
    expect(await rowsOf(client)).toEqual([{ query: 'harbour' }]);
    service.start();
    await service.ready();
  });
});

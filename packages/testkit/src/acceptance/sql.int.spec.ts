import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken, type Reply } from '../system/api-client.js';
import { cairn } from '../system/cairn-command.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type SearchReply } from './collection-client.js';

jest.setTimeout(90_000);

interface Answer {
  columns: { name: string; type: string }[];
  rows: Record<string, unknown>[];
  collections_queried: string[];
  failed_collections: { collection: string; code: string }[];
  partial: boolean;
  truncated: boolean;
  next_cursor: string | null;
  warnings: { code: string }[];
  stats: { backend_calls: number; embedded_texts: number };
  plan: { targets: { collection: string; fetch: number; ms?: number; rows?: number; filter: { pushed: string | null; residual: string | null } }[] };
}

interface Mistake {
  code: string;
  status: number;
  line: number;
  column: number;
  suggestion?: string;
  detail: string;
}

const THINGS = ['harbour', 'glacier', 'violin', 'cactus', 'turbine', 'sourdough bread'];
const PARTS = ['part_a', 'part_b', 'part_c'];
const notes = Array.from({ length: 60 }, (_, at) => ({
  external_id: `n${String(at).padStart(2, '0')}`,
  text: `The keeper wrote about the ${THINGS[at % THINGS.length]} on day ${at}.`,
  metadata: {
    n: at,
    thing: THINGS[at % THINGS.length],
    part: PARTS[at % PARTS.length],
    ...(at % 4 === 0 ? {} : { tags: at % 2 === 0 ? ['even'] : ['odd', 'late'] }),
  },
}));

let system: TestSystem;
let client: ApiClient;

beforeAll(async () => {
  system = await TestSystem.start({ env: { SEARCHES_AT_ONCE_BESIDE: '16' } });
  client = system.client();
  for (const name of PARTS) await (await CollectionClient.make(client, { name })).add(notes.filter(({ metadata }) => metadata.part === name));
  await (await CollectionClient.make(client, { name: 'whole' })).add(notes);
  await client.ok('POST', '/api/v2/families', {
    name: 'parts',
    collections: PARTS,
    route: { field: 'part', values: Object.fromEntries(PARTS.map((name) => [name, [name]])), complete: true },
  });
  await client.ok('POST', '/api/v2/families', { name: 'learnt', collections: PARTS, route: { field: 'part' } });
}, 240_000);
afterAll(() => system?.stop());

const call = <T = Answer>(query: string, body: object = {}, as = client): Promise<Reply<T>> => as.call<T>('POST', '/api/v2/sql', { query, ...body });

async function sql(query: string, body: object = {}, as = client): Promise<Answer> {
  const { status, body: answer } = await call(query, body, as);
  expect({ status, answer: status === 200 ? undefined : answer }).toEqual({ status: 200, answer: undefined });
  return answer;
}

async function mistake(query: string, body: object = {}, as = client): Promise<Mistake> {
  const reply = await call<Mistake>(query, body, as);
  expect(reply.status).toBe(reply.body.status);
  return reply.body;
}

async function inForm(query: string, accept: string): Promise<string> {
  const headers = { authorization: `Bearer ${devToken(client.person)}`, 'content-type': 'application/json', accept };
  return (await fetch(`${client.baseUrl}/api/v2/sql`, { method: 'POST', headers, body: JSON.stringify({ query }) })).text();
}

const ids = ({ rows }: Answer) => rows.map(({ external_id }) => external_id);
const LOOK = "USING EMBEDDING (TEXT 'baking a loaf')";

describe('rows that nothing ranks', () => {
  it('L2: come page by page, each once, in the order that was asked for', async () => {
    const found: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const page: Answer = await sql(
        `SELECT external_id FROM parts ORDER BY metadata.thing DESC, metadata.n LIMIT 7${after === null ? '' : ' AFTER $1'}`,
        after === null ? {} : { params: [after] },
      );
      found.push(...ids(page));
      after = page.next_cursor;
      if (after === null) break;
    }
    const place = ({ metadata }: (typeof notes)[0]) => THINGS.toSorted().indexOf(metadata.thing as string);
    expect(found).toEqual(notes.toSorted((a, b) => place(b) - place(a) || a.metadata.n - b.metadata.n).map(({ external_id }) => external_id));
  });

  it('L5: are those of one collection with everything in it', async () => {
    for (const rest of [
      "WHERE metadata.tags = 'odd' ORDER BY metadata.n",
      'ORDER BY metadata.thing, external_id LIMIT 9 OFFSET 11',
      "WHERE document REGEX 'day [0-5]\\.' ORDER BY external_id",
    ])
      expect(ids(await sql(`SELECT external_id FROM parts ${rest}`))).toEqual(ids(await sql(`SELECT external_id FROM whole ${rest}`)));
    const count = 'COUNT(*), COUNT(metadata.tags), MIN(metadata.n), AVG(metadata.n)';
    for (const rest of [
      `SELECT ${count} FROM parts`,
      `SELECT metadata.tags, ${count} FROM parts GROUP BY metadata.tags`,
      `SELECT metadata.thing, COUNT(*) AS n FROM parts GROUP BY metadata.thing HAVING n > 3`,
    ])
      expect((await sql(rest)).rows).toEqual((await sql(rest.replace('parts', 'whole'))).rows);
  });

  it('L3: are looked for only where they can be, also by what was learnt', async () => {
    for (const family of ['parts', 'learnt']) {
      const answer = await sql(`SELECT external_id FROM ${family} WHERE metadata.part IN ('part_a', 'part_c') AND metadata.n < 6`);
      expect([answer.collections_queried, ids(answer)]).toEqual([
        ['part_a', 'part_c'],
        ['n00', 'n03', 'n02', 'n05'],
      ]);
      expect(await sql(`SELECT external_id FROM ${family} WHERE metadata.part = 'nowhere'`)).toMatchObject({
        rows: [],
        collections_queried: [],
        stats: { backend_calls: 0 },
      });
    }
    expect(await mistake('SELECT id FROM parts WHERE metadata.n = 1', { strict: true })).toMatchObject({ code: 'E_ROUTE', line: 1, column: 16 });
    expect(await mistake('SELECT id FROM parts', { strict: true, fallback_to_all: true })).toMatchObject({ code: 'bad_request' });
  });

  it('L2: of nothing have a count, too, wherever that is known', async () => {
    for (const condition of [
      'metadata.n BETWEEN 5 AND 1',
      "external_id = 'n01' AND external_id = 'n02'",
      "collection = 'nowhere'",
      "metadata.part = 'nothing'",
      "metadata.thing = 'nothing'",
    ]) {
      const { rows } = await sql(`SELECT COUNT(*) AS n, MAX(metadata.n) AS most FROM parts WHERE ${condition}`);
      expect([condition, rows]).toEqual([condition, [{ n: 0, most: null }]]);
    }
    const folded = await sql('SELECT COUNT(*) AS n FROM parts WHERE metadata.n IN $1 HAVING n > 0', { params: [[]] });
    expect([folded.rows, folded.stats.backend_calls]).toEqual([[], 0]);
    expect((await sql('SELECT metadata.n, COUNT(*) FROM parts WHERE metadata.n IN $1 GROUP BY metadata.n', { params: [[]] })).rows).toEqual([]);
  });

  it('L1: are never counted by numbers that were rounded: those are refused where they are written', async () => {
    const { id } = await client.ok<{ id: string }>('GET', '/api/v2/collections/whole');
    const headers = { authorization: `Bearer ${devToken(client.person)}`, 'content-type': 'application/json' };
    const body = '{"documents": [{"external_id": "big", "text": "A big one.", "metadata": {"v": 9007199254740993}}]}';
    const refused = await fetch(`${client.baseUrl}/api/v2/collections/${id}/documents`, { method: 'POST', headers, body });
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('2^53')]);
    expect((await sql('SELECT COUNT(*) AS n FROM whole WHERE metadata.n = 9007199254740993')).rows).toEqual([{ n: 0 }]);
  });

  it('L1: say that there are more than are answered without a LIMIT', async () => {
    expect(await sql('SELECT id FROM parts, whole')).toMatchObject({ truncated: true, next_cursor: expect.any(String) });
    expect(await sql('SELECT id FROM whole')).toMatchObject({ truncated: false, next_cursor: null });
  });
});

describe('rows that are ranked', () => {
  it('L5: are those of one collection with everything in it, equally near ones by name', async () => {
    for (const rest of [
      `${LOOK} TOPK 12`,
      `${LOOK} WHERE metadata.n > 40 TOPK 15`,
      `${LOOK} TOPK 20 LIMIT 5 OFFSET 7`,
      `${LOOK} WITH MAX DISTANCE 0.9 LIMIT 30`,
    ]) {
      const [parts, whole] = [await sql(`SELECT external_id, distance FROM parts ${rest}`), await sql(`SELECT external_id, distance FROM whole ${rest}`)];
      expect(parts.rows).toHaveLength(whole.rows.length);
      expect(parts.rows.map(({ distance }) => distance)).toEqual(whole.rows.map(({ distance }) => distance));
      expect(parts.stats.embedded_texts).toBe(1);
    }
  });

  it('L5: are as many as pass the filter, however rare they are', async () => {
    const answer = await sql(`SELECT external_id FROM parts WHERE metadata.thing = 'cactus' ${LOOK} TOPK 10`);
    expect(ids(answer).sort()).toEqual(notes.filter(({ metadata }) => metadata.thing === 'cactus').map(({ external_id }) => external_id));
  });

  it('L1: are those of a search in JSON', async () => {
    const search = await client.ok<SearchReply>('POST', '/api/v2/search', {
      query: 'baking a loaf',
      search_mode: 'dense',
      k: 10,
      filters: { n: { $gte: 20 } },
    });
    const all = await sql(`SELECT external_id FROM ALL WHERE metadata.n >= 20 ${LOOK} TOPK 10`);
    expect(ids(all).sort()).toEqual(search.results.map(({ external_id }) => external_id).sort());
  });

  it('L5: come in several pages, each once', async () => {
    const whole = ids(await sql(`SELECT external_id FROM parts ${LOOK} TOPK 60`));
    const found: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const page: Answer = await sql(
        `SELECT external_id FROM parts ${LOOK} LIMIT 25${after === null ? '' : ' AFTER $1'}`,
        after === null ? {} : { params: [after] },
      );
      found.push(...ids(page));
      after = page.next_cursor;
      if (after === null) break;
    }
    expect(found).toEqual(whole);
  });

  it('L5: may be of several questions, by words too, unlike each other, or the best of groups', async () => {
    const batch = await sql("SELECT external_id, query_index FROM parts USING EMBEDDING BATCH (TEXT 'baking a loaf', TEXT 'ice in the mountains') LIMIT 3");
    expect(batch.rows.map(({ query_index }) => query_index)).toEqual([0, 0, 0, 1, 1, 1]);
    const hybrid = await sql("SELECT external_id, distance FROM parts USING HYBRID (TEXT 'day 17') LIMIT 3");
    expect(hybrid.rows[0]).toEqual({ external_id: 'n17', distance: null });
    const groups = await sql(`SELECT metadata.thing FROM parts ${LOOK} GROUP BY metadata.thing SIZE 2 LIMIT 3`);
    const things = groups.rows.map((row) => row['metadata.thing']);
    expect([things.length, new Set(things).size, things[0], things[1]]).toEqual([6, 3, 'sourdough bread', 'sourdough bread']);
    const different = await sql(`SELECT metadata.thing FROM parts ${LOOK} RERANK BY MMR (lambda = 0.1) LIMIT 4`);
    expect(new Set(different.rows.map((row) => row['metadata.thing'])).size).toBeGreaterThan(1);
    const read = await sql("SELECT external_id FROM parts USING EMBEDDING (TEXT 'baking a loaf') RERANK WITH 'all-MiniLM-L6-v2' TOP 10 LIMIT 3");
    expect(read.rows).toHaveLength(3);
  });

  it('L5: are all there while a collection gets another index', async () => {
    const collection = await CollectionClient.make(client, { name: 'changing' });
    await collection.add(notes.slice(0, 20));
    const ask = () => sql(`SELECT external_id FROM changing ${LOOK} TOPK 20`);
    expect((await ask()).rows).toHaveLength(20);
    const id = await collection.reindex({ force: true });
    let hasEnded = false;
    const ended = collection.ended(id).finally(() => {
      hasEnded = true;
    });
    while (!hasEnded) expect((await ask()).rows).toHaveLength(20);
    expect((await ended).status).toBe('completed');
    expect((await ask()).rows).toHaveLength(20);
  });

  it('L6: of collections that fail are left out, which the answer says', async () => {
    const some = await sql(`SELECT external_id, collection FROM parts ${LOOK} TOPK 5`, { simulate: { fail: ['part_b'] } });
    expect(some).toMatchObject({ partial: true, next_cursor: null, failed_collections: [{ collection: 'part_b', code: 'E_EXEC_UNAVAILABLE' }] });
    expect(some.rows.filter(({ collection }) => collection === 'part_b')).toEqual([]);
    expect(some.rows).toHaveLength(5);
    expect(await mistake(`SELECT id FROM parts ${LOOK} WITH (on_failure = 'fail')`, { simulate: { fail: ['part_b'] } })).toMatchObject({
      code: 'E_EXEC_PARTIAL',
      status: 503,
    });
    expect(await mistake(`SELECT id FROM parts ${LOOK}`, { simulate: { fail: PARTS } })).toMatchObject({ code: 'E_EXEC_ALL', status: 503 });
    const late = await sql(`SELECT id FROM parts ${LOOK} WITH (timeout_ms = 2000)`, { simulate: { hang: ['part_a'] } });
    expect(late.failed_collections).toMatchObject([{ collection: 'part_a', code: 'E_EXEC_TIMEOUT' }]);
    expect(await mistake(`SELECT id FROM parts ${LOOK} WITH (timeout_ms = 1000)`, { simulate: { hang: PARTS } })).toMatchObject({
      code: 'E_EXEC_TIMEOUT',
      status: 504,
    });
  });
});

describe('plans', () => {
  it('L6: are shown without anything being done', async () => {
    const { plan, rows, stats } = await sql(`EXPLAIN SELECT id FROM parts WHERE metadata.part = 'part_b' AND document MATCH 'violin' ${LOOK} TOPK 3`, {
      n_results_per_collection: 50,
    });
    expect({ rows, calls: stats.backend_calls, texts: stats.embedded_texts }).toEqual({ rows: [], calls: 0, texts: 0 });
    expect(plan.targets).toMatchObject([
      { collection: 'part_b', fetch: 50, filter: { pushed: "metadata.part = 'part_b'", residual: "document MATCH 'violin'" } },
    ]);
  });

  it('L6: are measured when they are carried out', async () => {
    const { plan, rows } = await sql(`EXPLAIN ANALYZE SELECT id FROM parts ${LOOK} TOPK 8`);
    expect(plan.targets.map(({ rows: count }) => count ?? 0).reduce((sum, count) => sum + count)).toBe(rows.length);
    expect(plan.targets.every(({ ms }) => typeof ms === 'number')).toBe(true);
  });
});

describe('a page', () => {
  it('L1: is planned as it is asked for, with the cursor of the one before', async () => {
    const asked = 'SELECT external_id FROM parts ORDER BY metadata.n LIMIT 4';
    const { next_cursor: cursor } = await sql(asked);
    expect((await sql(`EXPLAIN ${asked} AFTER $1`, { params: [cursor] })).plan.targets).toHaveLength(3);
    expect(ids(await sql(`EXPLAIN ANALYZE ${asked} AFTER $1`, { params: [cursor] }))).toEqual(['n04', 'n05', 'n06', 'n07']);
  });

  it('T9: of a body with a field that is none is refused', async () => {
    expect(await mistake('SELECT id FROM parts', { stric: true })).toMatchObject({ code: 'unknown_fields' });
  });
});

describe('who asks', () => {
  it('L1: is answered of his own organisation only, whatever the statement says', async () => {
    const other = system.client();
    const foreign = await mistake('SELECT id FROM whole', {}, other);
    expect(foreign).toMatchObject({ code: 'E_NAME', column: 16 });
    expect(foreign.detail.replace('whole', 'nobody')).toBe((await mistake('SELECT id FROM nobody', {}, other)).detail);
    expect(await sql('SELECT id FROM ALL WHERE id IS NOT NULL OR NOT id IS NOT NULL', {}, other)).toMatchObject({ rows: [], collections_queried: [] });
    expect(await mistake('SELECT id FROM whol', {}, other)).not.toHaveProperty('suggestion');
    expect(await mistake('SELECT id FROM whol')).toMatchObject({ suggestion: 'whole' });
  });

  it('L5: cannot go on with the cursor of somebody else, nor of another statement', async () => {
    const other = system.client();
    await (await CollectionClient.make(other, { name: 'whole' })).add(notes.slice(0, 3));
    const { next_cursor } = await sql('SELECT external_id FROM whole LIMIT 2');
    const params = { params: [next_cursor] };
    expect(ids(await sql('SELECT external_id FROM whole LIMIT 2 AFTER $1', params))).toEqual(['n02', 'n03']);
    expect(await mistake('SELECT external_id FROM whole LIMIT 2 AFTER $1', params, other)).toMatchObject({ code: 'E_CURSOR' });
    expect(await mistake('SELECT external_id FROM whole LIMIT 3 AFTER $1', params)).toMatchObject({ code: 'E_CURSOR' });
  });

  it('L1: is told to wait where many statements of his organisation are under way', async () => {
    const slow = () => call(`SELECT id FROM parts ${LOOK} WITH (timeout_ms = 3000)`, { simulate: { hang: ['part_a'] } });
    const replies = await Promise.all(Array.from({ length: 10 }, slow));
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(8).fill(200), 429, 429]);
  });
});

describe('a ranking without a limit', () => {
  it('L2: is gone through page by page, to its end', async () => {
    const statement = `SELECT external_id FROM parts WHERE metadata.n < 25 ${LOOK}`;
    const found: unknown[] = [];
    const sizes: number[] = [];
    for (let after: string | null = null; ; ) {
      const page: Answer = await sql(`${statement}${after === null ? '' : ' AFTER $1'}`, after === null ? {} : { params: [after] });
      found.push(...ids(page));
      sizes.push(page.rows.length);
      after = page.next_cursor;
      if (after === null) break;
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(found).toEqual(ids(await sql(`${statement} LIMIT 25`)));
    expect((await sql(`${statement} TOPK 10`)).next_cursor).toBeNull();
  });
});

describe('a ranking of several lists', () => {
  const inPages = async (statement: string): Promise<unknown[]> => {
    const found: unknown[] = [];
    for (let after: string | null = null; ; ) {
      const page: Answer = await sql(after === null ? statement : `${statement} AFTER $1`, after === null ? {} : { params: [after] });
      found.push(...ids(page));
      after = page.next_cursor;
      if (after === null) return found;
    }
  };

  it('L2: that were made one, or are grouped, has pages, too', async () => {
    const best = "SELECT external_id FROM parts USING EMBEDDING BATCH (TEXT 'baking', TEXT 'music') MERGE BEST";
    expect(await inPages(`${best} LIMIT 25`)).toEqual(ids(await sql(`${best} LIMIT 60`)));
    const groups = `SELECT external_id FROM parts ${LOOK} GROUP BY metadata.thing SIZE 2`;
    const all = await sql(`${groups} LIMIT 6`);
    expect([all.rows.length, all.next_cursor, all.warnings]).toEqual([12, null, []]);
    expect(await inPages(`${groups} LIMIT 4`)).toEqual(ids(all));
  });

  it('L1: is joined by rank where the body says so, and has no distance then', async () => {
    const asked = `SELECT external_id, distance FROM parts ${LOOK} LIMIT 5`;
    const byRank = await sql(asked, { merge_strategy: 'rrf' });
    expect(byRank.rows).toEqual((await sql(asked.replace(' LIMIT', ' FUSION RRF LIMIT'))).rows);
    expect(byRank.rows[0]?.distance).toBeNull();
    expect(await mistake(`${asked} WITH MAX DISTANCE 1`, { merge_strategy: 'rrf' })).toMatchObject({ code: 'E_MODE', column: asked.length + 2 });
  });
});

describe('mistakes that have to do with models', () => {
  it('L1: have a place, and EXPLAIN finds them', async () => {
    for (const [rest, code, word] of [
      ["USING EMBEDDING (TEXT 'x' MODEL 'nope')", 'E_MODEL_MIX', "'nope'"],
      [`${LOOK} RERANK WITH 'nope'`, 'E_NAME', "'nope'"],
      [`${LOOK} ON nope`, 'E_NAME', 'nope'],
    ] as const)
      for (const text of [`SELECT id FROM parts ${rest}`, `EXPLAIN SELECT id FROM parts ${rest}`])
        expect(await mistake(text)).toMatchObject({ code, status: 400, column: text.indexOf(word) + 1 });
  });

  it('L1: are told from texts that no model reads to their end', async () => {
    const { warnings } = await sql(`SELECT id FROM parts USING EMBEDDING (TEXT $1) LIMIT 1`, { params: ['bread and butter '.repeat(400)] });
    expect(warnings).toEqual([expect.objectContaining({ code: 'W_TEXT' })]);
  });
});

describe('other forms', () => {
  it('L1: lines of JSON, and comma-separated values, have the same rows', async () => {
    const query = 'SELECT external_id, metadata.tags FROM whole ORDER BY external_id LIMIT 2';
    const lines = await inForm(query, 'application/x-ndjson');
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ type: 'head' }, { type: 'row', row: { external_id: 'n00', 'metadata.tags': null } }, { type: 'row' }, { type: 'end', partial: false }]);
    expect(await inForm(query, 'text/csv')).toBe('external_id,metadata.tags\r\nn00,\r\nn01,"[""odd"",""late""]"\r\n');
  });

  it('L1: are those of the command, too', async () => {
    const query = 'SELECT external_id, metadata.n FROM whole WHERE metadata.n < $1 ORDER BY metadata.n DESC';
    const run = (...args: string[]) => cairn(client, ['sql', '--params', '[2]', ...args, query]);
    expect((await run()).out).toMatch(/external_id +metadata\.n\n[\s\S]*n01 +1\n *n00 +0\n2 rows\n$/);
    expect(await run('--format', 'csv')).toEqual({ code: 0, out: 'external_id,metadata.n\r\nn01,1\r\nn00,0\r\n', err: '' });
    expect((await run('--format', 'ndjson')).out.split('\n').map((line) => line.slice(0, 14))).toEqual([
      '{"type":"head"',
      '{"type":"row",',
      '{"type":"row",',
      '{"type":"end",',
      '',
    ]);
    expect(JSON.parse((await run('--format', 'json')).out)).toMatchObject({ rows: [{ 'metadata.n': 1 }, { 'metadata.n': 0 }] });
    expect(await run('--format', 'xml')).toMatchObject({ code: 2, err: expect.stringContaining('There is no format xml.') });
    expect(await cairn(client, ['sql', '--format', 'csv', 'SELECT nothing FROM whole'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('nothing'),
    });
  });

  it('L1: of statements that are typed one after the other, a mistake ends none', async () => {
    const { code, out } = await cairn(client, ['sql'], 'SELECT external_id\n FROM whole LIMIT 1;\nSELECT nothing FROM whole;\nSELECT COUNT(*) FROM whole;\n');
    expect(code).toBe(0);
    expect(out).toMatch(/n00[\s\S]*1 row\n[\s\S]*There is no column nothing[\s\S]*60\n1 row\n/);
  });
});

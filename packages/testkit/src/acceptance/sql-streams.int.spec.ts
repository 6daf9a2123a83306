import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type Sent } from './collection-client.js';

jest.setTimeout(90_000);

const DOCUMENTS = 3;
const CHUNKS = 8_000;
const ROWS = DOCUMENTS * CHUNKS;
/** So that what nobody takes does not fit into the buffers on the way, which may be 33 MB for each of two connections. */
const LONG = 'word '.repeat(2_000);

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
let documents: Sent[];

beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client, { name: 'many', embedding_model: 'mock' });
  documents = await collection.add(Array.from({ length: DOCUMENTS }, (_, at) => ({ external_id: `d${at}`, text: 'A text of one chunk.', metadata: { at } })));
  await system.database.sql(
    `INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens)
     SELECT org_id, index_id, document_id, n, gen_random_uuid(), 'chunk ' || n || ' ' || $1, 0, 1, 1 FROM chunks, generate_series(1, $2::int) AS n`,
    [LONG, CHUNKS - 1],
  );
}, 240_000);
afterAll(() => system?.stop());

/** Sends a statement whose answer nobody takes yet. */
async function send(query: string, accept = 'application/x-ndjson'): Promise<IncomingMessage> {
  const url = new URL('/api/v2/sql', client.baseUrl);
  const headers = { authorization: `Bearer ${devToken(client.person)}`, 'content-type': 'application/json', accept };
  const sent = request(url, { method: 'POST', headers });
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ query }));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer.pause();
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

interface Line {
  type: 'head' | 'row' | 'end' | 'error';
  row?: Record<string, unknown>;
  next_cursor?: string | null;
  code?: string;
}

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const places = (lines: readonly Line[]) => lines.filter(({ type }) => type === 'row').map(({ row }) => `${row?.external_id} ${row?.chunk_index}`);
const expected = Array.from({ length: DOCUMENTS }, (_, at) => Array.from({ length: CHUNKS }, (_, n) => `d${at} ${n}`)).flat();

/** Connections that a snapshot holds. */
async function held(): Promise<number> {
  const [row] = await system.database.sql<{ count: string }>(
    `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'cairn-search-streams%' AND datname = current_database() AND xact_start IS NOT NULL`,
  );
  return Number(row?.count);
}
const released = () => until('the snapshots to be released', async () => (await held()) === 0, 20_000);

describe('rows that are sent as they are read', () => {
  it('L2: are all there in their order, however many they are', async () => {
    const answer = await send('SELECT external_id, chunk_index FROM many LIMIT 1000000');
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = linesOf(await textOf(answer));
    expect(places(lines)).toEqual(expected);
    expect([lines[0], lines.at(-1)]).toMatchObject([
      { type: 'head', columns: [{ name: 'external_id' }, { name: 'chunk_index' }] },
      { type: 'end', next_cursor: null, mode: 'filter', collections_queried: ['many'], partial: false },
    ]);
    const ordered = linesOf(
      await textOf(await send('SELECT external_id, chunk_index FROM many WHERE metadata.at != 1 ORDER BY chunk_index DESC LIMIT 500000')),
    );
    expect(places(ordered).slice(0, 3)).toEqual([`d0 ${CHUNKS - 1}`, `d2 ${CHUNKS - 1}`, `d0 ${CHUNKS - 2}`]);
    expect(places(ordered)).toHaveLength(2 * CHUNKS);
    await released();
  });

  it('L2: go on behind the last of them, with a cursor that is told before the first', async () => {
    const statement = 'SELECT external_id, chunk_index FROM many LIMIT 11000';
    const csv = await send(statement, 'text/csv');
    const cursor = csv.headers['cairn-next-cursor'] as string;
    expect([csv.headers['cairn-partial'], typeof cursor]).toEqual(['false', 'string']);
    const rows = (await textOf(csv)).split('\r\n').slice(1, -1);
    expect(rows.map((row) => row.replace(',', ' '))).toEqual(expected.slice(0, 11_000));
    const found: string[] = [];
    for (let after: string | null | undefined = cursor; typeof after === 'string'; ) {
      const lines = linesOf(await textOf(await send(`${statement} AFTER '${after}'`)));
      found.push(...places(lines));
      after = lines.at(-1)?.next_cursor;
    }
    expect(found).toEqual(expected.slice(11_000));
  });

  it('L2: are looked at one by one where Postgres cannot say it', async () => {
    const lines = linesOf(await textOf(await send("SELECT external_id, chunk_index FROM many WHERE document REGEX '^chunk [0-9]*7 ' LIMIT 100000")));
    expect(places(lines)).toEqual(expected.filter((place) => place.endsWith('7')));
  });

  it('L1: are no more than an answer in one piece has, where they are ranked, counted, or asked for as JSON', async () => {
    for (const [statement, accept] of [
      ['SELECT id FROM many LIMIT 10001', 'application/json'],
      ['SELECT COUNT(*) FROM many GROUP BY chunk_index LIMIT 10001', 'application/x-ndjson'],
      ["SELECT id FROM many USING EMBEDDING (TEXT 'a') LIMIT 10001", 'text/csv'],
      ['SELECT id FROM many LIMIT 1000001', 'text/csv'],
    ] as const) {
      const answer = await send(statement, accept);
      expect([statement, answer.statusCode, JSON.parse(await textOf(answer)).code]).toEqual([statement, 400, 'E_LIMIT']);
    }
    const explained = linesOf(await textOf(await send('EXPLAIN SELECT id FROM many LIMIT 20000')));
    expect(explained.map(({ type }) => type)).toEqual(['head', 'end']);
  });

  it('L2: are those of one moment, and wait for whoever takes them', async () => {
    const answer = await send('SELECT external_id, chunk_index, document FROM many LIMIT 1000000');
    await collection.delete((documents[2] as Sent).id);
    expect((await client.ok<{ rows: object[] }>('POST', '/api/v2/sql', { query: "SELECT id FROM many WHERE external_id = 'd2'" })).rows).toEqual([]);
    expect(await held()).toBe(1);
    expect(places(linesOf(await textOf(answer)))).toHaveLength(ROWS);
    expect(places(linesOf(await textOf(await send('SELECT external_id FROM many LIMIT 1000000'))))).toHaveLength(2 * CHUNKS);
    await released();
  });

  it('L6: hold nothing when their taker leaves, and are few at once', async () => {
    const statement = 'SELECT id, document FROM many LIMIT 1000000';
    const answers = [await send(statement), await send(statement)];
    expect(await held()).toBe(2);
    const third = await send(statement);
    expect([third.statusCode, JSON.parse(await textOf(third)).code, third.headers['retry-after']]).toEqual([429, 'rate_limited', '1']);
    for (const answer of answers) answer.destroy();
    await released();
    expect((await textOf(await send(statement))).length).toBeGreaterThan(2 * CHUNKS * LONG.length);
  });

  it('L6: end with a mistake that says so, where they take too long', async () => {
    const answer = await send('SELECT id, document FROM many LIMIT 1000000 WITH (timeout_ms = 700)');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const lines = linesOf(await textOf(answer));
    expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'E_EXEC_TIMEOUT', status: 504 });
    expect(lines.length).toBeLessThan(2 * CHUNKS);
    await released();
    const csv = await send('SELECT id, document FROM many LIMIT 1000000 WITH (timeout_ms = 700)', 'text/csv');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    const cut = await textOf(csv).then(
      (text) => `all of it, ${text.split('\r\n').length} lines`,
      () => 'cut',
    );
    expect(cut).toBe('cut');
    await released();
  });

  it('L1: are sorted in the room that the role is given, and refused beyond it', async () => {
    const { sql, name } = system.database;
    const settings = ["temp_file_limit = '64kB'", "work_mem = '64kB'"];
    for (const setting of settings) await sql(`ALTER ROLE cairn_app IN DATABASE ${name} SET ${setting}`);
    const anew = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'cairn_app' AND datname = $1`;
    await sql(anew, [name]);
    const ask = () =>
      client.call<{ code: string; detail: string }>('POST', '/api/v2/sql', { query: 'SELECT id FROM many ORDER BY metadata.at, chunk_index DESC LIMIT 9999' });
    const refused = await until('the statement to be refused', async () => {
      const { status, body } = await ask();
      return status === 400 ? body : undefined;
    });
    expect(refused).toMatchObject({ code: 'E_LIMIT', detail: expect.stringContaining('more room') });
    for (const setting of settings) await sql(`ALTER ROLE cairn_app IN DATABASE ${name} RESET ${setting.split(' ')[0]}`);
    await sql(anew, [name]);
    await until('the statement to be answered', async () => (await ask()).status === 200);
  });
});

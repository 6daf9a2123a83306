import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import pg from 'pg';
import { CollectionClient } from '../../acceptance/collection-client.js';
import { devToken } from '../../system/api-client.js';
import type { Part } from '../core/bench.js';
import { number, times } from '../core/format.js';
import { judge, type Limit, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { memoryDuring } from '../core/process-memory.js';
import { median, pairedRatio } from '../core/statistics.js';
import type { Setting } from './setting.js';

const CHUNKS_OF_A_DOCUMENT = 50;
const FEWER = 10;
const PAGE = 500;

const JOINED = `chunks ch JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND d.deleted_at IS NULL
  WHERE ch.org_id = $1 AND ch.index_id = $2`;

/** What is asked of us, and the same of Postgres by somebody who writes it by hand. */
const COUNTS = {
  'all rows': { ours: 'SELECT COUNT(*) FROM rows', byHand: `SELECT count(*) FROM ${JOINED}` },
  'a count and a sum for each of 7 values': {
    ours: 'SELECT metadata.kind, COUNT(*), SUM(metadata.price) FROM rows GROUP BY metadata.kind',
    byHand: `SELECT d.metadata -> 'kind', count(*), sum((d.metadata ->> 'price')::numeric) FROM ${JOINED} GROUP BY 1 ORDER BY 2 DESC`,
  },
  'a count where a number is greater': {
    ours: 'SELECT COUNT(*) FROM rows WHERE metadata.price > 300',
    byHand: `SELECT count(*) FROM ${JOINED} AND (d.metadata ->> 'price')::numeric > 300`,
  },
} as const;

const STREAM = 'SELECT external_id, chunk_index, document FROM rows';
const BY_HAND = `SELECT d.external_id, ch.number AS chunk_index, ch.text AS document FROM ${JOINED} ORDER BY d.external_id COLLATE "C", ch.number, ch.id`;

/** Half again as much as a tenth of the rows takes is not constant. */
const MEMORY: Limit = { atMost: 1.5 };
const RATE: Limit = { atMost: 3 };

/** Counts over many rows, and many rows in one answer. */
export async function measureRows({ context, system, size, client }: Setting): Promise<Part> {
  const documents = size.rows / CHUNKS_OF_A_DOCUMENT;
  const ids = await makeRows({ system, client }, documents);
  context.log(`${number(size.rows)} rows are there`);
  const postgres = new pg.Client({ connectionString: system.database.urls.superUrl });
  await postgres.connect();
  const { tables, raw } = await measureCounts({ context, size, client, postgres, ids });
  const streams = await measureStreams({ context, system, size, client, postgres, ids });
  await postgres.end();
  return { tables: [...tables, ...streams.tables], goals: streams.goals, notes: [], raw: { counts: raw, streams: streams.raw } };
}

/** In the tables that indexing fills; nothing of it is looked for by meaning. */
async function makeRows({ system, client }: Pick<Setting, 'system' | 'client'>, documents: number): Promise<string[]> {
  const collection = await CollectionClient.make(client, { name: 'rows', embedding_model: 'mock' });
  await collection.add([{ external_id: 'first', text: 'One chunk.' }]);
  const { sql } = system.database;
  const [row] = await sql<{ org_id: string; index_id: string }>(
    'SELECT org_id, index_id FROM chunks ch JOIN documents d USING (org_id) WHERE d.collection_id = $1 AND d.id = ch.document_id',
    [collection.id],
  );
  const ids = [row?.org_id, row?.index_id] as string[];
  await sql(
    `INSERT INTO documents (org_id, collection_id, id, external_id, file_name, mime_type, is_text, size_bytes, content_hash, status, indexed_at, metadata)
     SELECT $1, $2, md5('row ' || n)::uuid, 'd' || n, 'd.txt', 'text/plain', TRUE, 1, md5(n::text), 'completed', now(),
       jsonb_build_object('kind', 'kind ' || n % 7, 'price', n % 997, 'tags', jsonb_build_array('a' || n % 3, 'b'), 'at', '2024-01-01T00:00:00Z')
     FROM generate_series(1, $3::int) AS n`,
    [ids[0], collection.id, documents],
  );
  await sql(
    `INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens)
     SELECT $1, $2, md5('row ' || n)::uuid, c, gen_random_uuid(), repeat('a text of a chunk, as long as some are. ', 6) || n, 0, 240, 60
     FROM generate_series(1, $3::int) AS n, generate_series(1, $4::int) AS c`,
    [...ids, documents, CHUNKS_OF_A_DOCUMENT],
  );
  for (const table of ['documents', 'chunks']) await sql(`VACUUM ANALYZE ${table}`);
  return ids;
}

type Measuring = Pick<Setting, 'context' | 'size' | 'client'> & { postgres: pg.Client; ids: string[] };

async function measureCounts({ context, size, client, postgres, ids }: Measuring) {
  const contestants = Object.entries(COUNTS).flatMap(([name, { ours, byHand }]) => [
    { name, way: 'ours' as const, ask: () => client.ok('POST', '/api/v2/sql', { query: ours }) },
    { name: `${name}, by hand`, way: 'by hand' as const, ask: () => postgres.query(byHand, ids) },
  ]);
  const found = await interleave(contestants, size.rounds, async ({ name, ask }) => {
    const startedAt = performance.now();
    await ask();
    const ms = performance.now() - startedAt;
    context.log(`${name}: ${number(ms)} ms`);
    return ms;
  });
  const rows = Object.keys(COUNTS).map((name) => {
    const [ours, byHand] = [found.get(name) as number[], found.get(`${name}, by hand`) as number[]];
    return [name, number(median(ours)), number(median(byHand)), times(pairedRatio(ours, byHand))];
  });
  return {
    tables: [{ title: `Counts over ${number(size.rows)} rows`, columns: ['statement', 'ms over HTTP', 'ms of SQL by hand', 'against it'], rows }],
    raw: Object.fromEntries(found),
  };
}

async function measureStreams({ context, system, size, client, postgres, ids }: Measuring & Pick<Setting, 'system'>) {
  const few = size.rows / FEWER;
  const all = `${number(size.rows)} rows as NDJSON`;
  const [some, byHand] = [`${number(few)} rows as NDJSON`, `${number(size.rows)} rows by a cursor, by hand`];
  const pids = { search: system.service('search').pid, api: system.service('api').pid };
  const streamed = async (limit: number) => {
    const startedAt = performance.now();
    const { value, peak } = await memoryDuring(pids.search, () =>
      memoryDuring(pids.api, () => bytesOf(client.baseUrl, devToken(client.person), `${STREAM} LIMIT ${limit}`)),
    );
    return { ms: performance.now() - startedAt, megabytes: peak + value.peak };
  };
  const read = async () => {
    const startedAt = performance.now();
    await readByCursor(postgres, ids);
    return { ms: performance.now() - startedAt, megabytes: Number.NaN };
  };
  const contestants = [
    { name: some, run: () => streamed(few) },
    { name: all, run: () => streamed(size.rows) },
    { name: byHand, run: read },
  ];
  const found = await interleave(contestants, Math.min(3, size.rounds), async ({ name, run }) => {
    const one = await run();
    context.log(`${name}: ${number(one.ms)} ms, ${number(one.megabytes)} MB`);
    return one;
  });
  const series = (name: string, of: 'ms' | 'megabytes'): Series => ({ name, rounds: (found.get(name) ?? []).map((one) => one[of]) });
  return {
    tables: [
      {
        title: 'Many rows in one answer',
        columns: ['what', 'seconds', 'rows/s', 'memory of both services at most, MB'],
        rows: contestants.map(({ name }) => {
          const seconds = median(series(name, 'ms').rounds) / 1_000;
          return [name, number(seconds), number((name === some ? few : size.rows) / seconds), number(median(series(name, 'megabytes').rounds))];
        }),
      },
    ],
    goals: [
      judge({ goal: 'L2', what: 'memory of a stream', subject: series(all, 'megabytes'), baseline: series(some, 'megabytes'), limit: MEMORY }),
      judge({ goal: 'L2', what: 'time of a stream', subject: series(all, 'ms'), baseline: series(byHand, 'ms'), limit: RATE }),
    ],
    raw: Object.fromEntries(found),
  };
}

async function bytesOf(baseUrl: string, token: string, query: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/x-ndjson' };
  const sent = request(new URL('/api/v2/sql', baseUrl), { method: 'POST', headers });
  sent.end(JSON.stringify({ query }));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let [bytes, end] = [0, ''];
  for await (const part of answer) {
    bytes += (part as Buffer).length;
    end = `${end}${part}`.slice(-20_000);
  }
  if (!end.split('\n').some((line) => line.startsWith('{"type":"end"'))) throw new Error(`The stream was cut: …${end.slice(-300)}`);
  return bytes;
}

/** As lines of JSON that nobody gets. */
async function readByCursor(postgres: pg.Client, ids: readonly string[]): Promise<void> {
  await postgres.query('BEGIN');
  await postgres.query(`DECLARE by_hand CURSOR FOR ${BY_HAND}`, [...ids]);
  for (let rows: unknown[] = [{}]; rows.length > 0; ) {
    ({ rows } = await postgres.query(`FETCH ${PAGE} FROM by_hand`));
    Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
  await postgres.query('COMMIT');
}

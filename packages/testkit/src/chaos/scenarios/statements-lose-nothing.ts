import type { ApiClient } from '../../system/api-client.js';
import type { Stage } from '../stage.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

interface Answer {
  rows: Record<string, unknown>[];
  collections_queried: string[];
  partial: boolean;
  next_cursor: string | null;
  stats: { backend_calls: number; embedded_texts: number };
}

const PROMISE = 'L5';
const PARTS = ['a', 'b', 'c'];
const THINGS = ['a loaf of bread', 'a violin', 'a glacier'];
/** Every third one is of no part, as far as it says itself; it lies in c. */
const notes = Array.from({ length: 15 }, (_, at) => ({
  external_id: `n${at + 10}`,
  text: `Note ${at} is about ${THINGS[at % 3]}.`,
  metadata: { n: at, ...(at % 3 === 2 ? {} : { part: PARTS[at % 3] }), ...(at % 2 === 0 ? { tags: at % 4 === 0 ? ['x'] : ['x', 'y'] } : {}) },
}));

/** It is deleted before anything is asked. */
const GONE = { external_id: 'n99', text: 'Note 99 is about a loaf of bread.', metadata: { n: 1, part: 'a', tags: ['x', 'y'] } };

/** Of many chunks. */
const LONG = { external_id: 'long', text: 'Somebody bakes a loaf of bread. '.repeat(300), metadata: { n: 1 } };

const LOOK = "USING EMBEDDING (TEXT 'baking')";

type Note = (typeof notes)[0];
const isTagged = ({ metadata: { tags = [] } }: Note, tag: string) => tags.includes(tag);
const idsOf = (passing: Note[]) => passing.map(({ external_id }) => ({ external_id }));

/** Each is asked of the parts, and of one collection with everything in it; with what it has to give, in this order. */
const ASKED: [string, object[]][] = [
  ['SELECT external_id FROM parts ORDER BY metadata.n LIMIT 4 OFFSET 3', idsOf(notes.slice(3, 7))],
  ["SELECT external_id FROM parts WHERE metadata.part = 'a' OR metadata.n = 2 ORDER BY metadata.n", idsOf(notes.filter((_, at) => at % 3 === 0 || at === 2))],
  ["SELECT external_id FROM parts WHERE metadata.part IS NULL OR metadata.part = 'b' ORDER BY metadata.n", idsOf(notes.filter((_, at) => at % 3 !== 0))],
  ["SELECT external_id FROM parts WHERE NOT metadata.tags = 'x' ORDER BY metadata.n", idsOf(notes.filter((note) => !isTagged(note, 'x')))],
  [
    "SELECT external_id FROM parts WHERE NOT (document REGEX 'loaf' AND metadata.n > 5) ORDER BY metadata.n",
    idsOf(notes.filter(({ text }, at) => !(text.includes('loaf') && at > 5))),
  ],
  [
    'SELECT metadata.tags AS tag, COUNT(*) AS n FROM parts GROUP BY metadata.tags HAVING n > 4 ORDER BY tag',
    [
      { tag: 'x', n: notes.filter((note) => isTagged(note, 'x')).length },
      { tag: null, n: notes.filter((note) => !isTagged(note, 'x')).length },
    ],
  ],
  ["SELECT COUNT(*) AS n FROM parts WHERE metadata.part != 'a'", [{ n: 10 }]],
  ["SELECT COUNT(*) AS n FROM parts WHERE file_path != 'nowhere'", [{ n: notes.length }]],
  ["SELECT external_id FROM parts WHERE external_id = 'n10' AND external_id = 'n11'", []],
  [
    `SELECT external_id FROM parts WHERE metadata.tags = 'y' AND metadata.n < 11 ${LOOK} TOPK 9 ORDER BY metadata.n`,
    idsOf(notes.filter((note, at) => isTagged(note, 'y') && at < 11)),
  ],
  [`SELECT external_id FROM parts ${LOOK} TOPK 15 ORDER BY metadata.n`, idsOf(notes)],
];

/** Rows, order and counts over several collections are those of one with everything in it, whatever routes, folds, pages and fails. */
export const statementsLoseNothing: Scenario = async (stage) => {
  const client = stage.client();
  for (const part of PARTS)
    await fill(
      stage,
      client,
      part,
      notes.filter((_, at) => PARTS[at % 3] === part),
    );
  await fill(stage, client, 'whole', notes);
  await deleteEverywhere(client);
  const route = { field: 'part', values: { a: ['a'], b: ['b'] }, complete: false };
  await client.ok('POST', '/api/v2/families', { name: 'parts', collections: PARTS, route });
  const ask = (query: string, body: object = {}) => client.call<Answer>('POST', '/api/v2/sql', { query, ...body });
  for (const [asked, wanted] of ASKED)
    for (const query of [asked, asked.replace('FROM parts', 'FROM whole')]) {
      const given = JSON.stringify((await answered(ask(query), query)).rows);
      must(given === JSON.stringify(wanted), PROMISE, `${query} gave ${given} and not ${JSON.stringify(wanted)}`);
    }
  await fill(stage, client, 'long', [LONG]);
  await partsAreCounted(ask);
  await pagesAreWhole(ask);
  await nothingIsDoneInVain(ask);
  await failuresAreSaid(ask);
  await cursorsAreBound(ask);
  await mistakesAreShown(ask);
  const colleague = client.as({ ...client.person, sub: 'a colleague' });
  const { status } = await colleague.call('POST', '/api/v2/sql', { query: 'SELECT id FROM whole' });
  must(status === 400, PROMISE, `a statement about a colleague's collection was answered ${status}`);
};

type Ask = (query: string, body?: object) => ReturnType<typeof ApiClient.prototype.call<Answer>>;

async function answered(asked: ReturnType<Ask>, query: string): Promise<Answer> {
  const { status, body } = await asked;
  must(status === 200, PROMISE, `${query} was answered ${status}`);
  return body;
}

async function fill(stage: Stage, client: ApiClient, name: string, some: object[]): Promise<void> {
  const collection = await StagedCollection.open(stage, { name }, client);
  const documents = name === 'a' || name === 'whole' ? [...some, GONE] : some;
  const { operation_id } = await client.ok<{ operation_id: string }>('POST', `/api/v2/collections/${collection.id}/documents`, { documents });
  await collection.done(operation_id);
}

async function deleteEverywhere(client: ApiClient): Promise<void> {
  const found = await client.ok<{ rows: { document_id: string }[] }>('POST', '/api/v2/sql', {
    query: `SELECT document_id FROM ALL WHERE external_id = '${GONE.external_id}'`,
  });
  must(found.rows.length === 2, PROMISE, `a document of two collections is in ${found.rows.length}`);
  for (const { document_id: id } of found.rows) await client.ok('DELETE', `/api/v2/documents/${id}`);
}

/** However many there are of one document. */
async function partsAreCounted(ask: Ask): Promise<void> {
  const [rows, ofOne] = ['SELECT COUNT(*) AS n, SUM(chunk_index) AS sum FROM long', 'SELECT COUNT(*) AS n, SUM(metadata.n) AS sum FROM long'];
  const [[all], [counted]] = [(await answered(ask(rows), rows)).rows, (await answered(ask(ofOne), ofOne)).rows];
  must(
    Number(all?.n) > 1 && counted?.n === all?.n && counted?.sum === all?.n,
    PROMISE,
    `of ${all?.n} rows of a document ${JSON.stringify(counted)} are counted`,
  );
}

/** Rows without a value come last, and are on some page too. */
async function pagesAreWhole(ask: Ask): Promise<void> {
  const found: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const query = `SELECT external_id FROM parts ORDER BY metadata.part DESC LIMIT 4${after === null ? '' : ' AFTER $1'}`;
    const page: Answer = await answered(ask(query, after === null ? {} : { params: [after] }), query);
    found.push(...page.rows.map((row) => row.external_id));
    after = page.next_cursor;
    if (after === null) break;
  }
  must(new Set(found).size === notes.length && found.length === notes.length, PROMISE, `${notes.length} rows came in pages as ${found.join(' ')}`);
  const last = notes.filter(({ metadata }) => !('part' in metadata)).map(({ external_id }) => external_id);
  must(found.slice(-last.length).join() === last.join(), PROMISE, `rows without a value do not come last: ${found.join(' ')}`);
}

async function nothingIsDoneInVain(ask: Ask): Promise<void> {
  const plan = await answered(ask(`EXPLAIN SELECT id FROM parts ${LOOK}`), 'EXPLAIN');
  must(plan.rows.length === 0 && plan.stats.backend_calls === 0 && plan.stats.embedded_texts === 0, PROMISE, 'EXPLAIN did what it was to show');
  const { status } = await ask('SELECT id FROM parts WHERE metadata.n = 1', { strict: true });
  must(status === 400, PROMISE, `a strict statement that asks all was answered ${status}`);
}

async function failuresAreSaid(ask: Ask): Promise<void> {
  const some = await answered(ask(`SELECT collection FROM parts ${LOOK} TOPK 20`, { simulate: { fail: ['a'] } }), 'a statement of which one collection fails');
  must(some.partial && some.rows.length === 10, PROMISE, `where one collection failed, ${some.rows.length} rows came, partial ${some.partial}`);
}

async function cursorsAreBound(ask: Ask): Promise<void> {
  const { next_cursor } = await answered(ask('SELECT external_id FROM whole LIMIT 3'), 'a page');
  const { status } = await ask('SELECT external_id FROM parts LIMIT 3 AFTER $1', { params: [next_cursor] });
  must(status === 400, PROMISE, `the cursor of another statement was answered ${status}`);
}

async function mistakesAreShown(ask: Ask): Promise<void> {
  const before = 'SELECT id AS "😀", ';
  const { status, body } = await ask(`${before}nothing FROM parts`);
  const { column } = body as unknown as { column: number };
  must(
    status === 400 && column === Array.from(before).length + 1,
    PROMISE,
    `a mistake in column ${Array.from(before).length + 1} was shown in column ${column}`,
  );
}

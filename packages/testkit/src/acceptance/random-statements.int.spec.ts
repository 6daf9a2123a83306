import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type ApiClient, newPerson, type Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(90_000);

// Statements that nobody thought of, through the whole system. `STATEMENTS=20000 SQL_MUTANTS=1000000 npm test -- --testPathPatterns random-statements` asks more.

const STATEMENTS = Number(process.env.STATEMENTS ?? 150);
const MUTANTS = Number(process.env.SQL_MUTANTS ?? 600);
/** An organisation has 8 under way at most. */
const AT_ONCE = 6;

const PARTS = ['part_a', 'part_b', 'part_c', 'part_d'];
/** What each has, by which routes send a statement to fewer of them. */
const KINDS: (string | number | boolean | null | undefined)[][] = [
  ['Table', 'Field', undefined],
  ['Field', 7],
  ['View', true, 'View'],
  ['Table', null, 'Field'],
];
const WORDS = ['harbour', 'glacier', 'violin', 'cactus', 'turbine', 'sourdough', 'ledger', 'meadow'];
const SECRET = 'nobody-else-may-read-this';

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length] as T;
const partOf = (n: number) => (n * 7 + Math.floor(n / 9)) % PARTS.length;
const kindOf = (n: number) => pick(pick(KINDS, partOf(n)), Math.floor(n / 5));
const notes = Array.from({ length: 120 }, (_, n) => ({
  external_id: `n${String(n).padStart(3, '0')}`,
  part: pick(PARTS, partOf(n)),
  text: `Day ${n}: the keeper saw a ${pick(WORDS, n)} beside the ${pick(WORDS, n * 3 + 1)}, and wrote ${n * 17 + 5} words.`,
  metadata: {
    n,
    ...(kindOf(n) === undefined ? {} : { kind: kindOf(n) }),
    ...(n % 3 === 0 ? {} : { tags: n % 2 === 0 ? ['even', pick(WORDS, n)] : [pick(WORDS, n + 2)] }),
    ...(n % 4 === 0 ? {} : { price: (n % 13) / 2 }),
    ...(n % 5 === 0 ? {} : { at: `2024-0${(n % 9) + 1}-1${n % 9}` }),
  },
}));

let system: TestSystem;
let client: ApiClient;

beforeAll(async () => {
  system = await TestSystem.start({ env: { SEARCHES_AT_ONCE_BESIDE: '16' } });
  client = system.client();
  const others = client.as(newPerson());
  for (const name of [...PARTS, 'whole']) {
    const given = notes.filter(({ part }) => name === 'whole' || part === name).map(({ part: _, ...note }) => note);
    await (await CollectionClient.make(client, { name })).add(given);
    await (await CollectionClient.make(others, { name })).add(
      given.slice(0, 12).map((note) => ({ ...note, text: `${note.text} ${SECRET}`, metadata: { ...note.metadata, secret: SECRET } })),
    );
  }
  const route = { field: 'kind' };
  await client.ok('POST', '/api/v2/families', { name: 'plain', collections: PARTS });
  await client.ok('POST', '/api/v2/families', { name: 'learnt', collections: PARTS, route });
  const values = Object.fromEntries(
    ['Table', 'Field'].map((kind) => [kind, PARTS.filter((part) => notes.some((note) => note.part === part && note.metadata.kind === kind))]),
  );
  await client.ok('POST', '/api/v2/families', { name: 'open', collections: PARTS, route: { ...route, values, complete: false } });
}, 240_000);
afterAll(() => system?.stop());

interface Answer {
  rows: Record<string, unknown>[];
  stats: { collections_pruned: number };
  code?: string;
}

const ask = (query: string): Promise<Reply<Answer>> => client.call<Answer>('POST', '/api/v2/sql', { query });

// ---- statements

const oneOf = fc.constantFrom<string[]>;
const joined = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((texts) => texts.join(' '));
const kind = oneOf("'Table'", "'Field'", "'View'", "'Nothing'", '7', 'TRUE');
const word = fc.constantFrom(...WORDS).map((text) => `'${text}'`);
const number = oneOf('0', '3', '50', '5.5', '119');
const ofKind = fc.oneof(
  joined('metadata.kind', oneOf('=', '!='), kind),
  fc.tuple(oneOf('IN', 'NOT IN'), fc.array(kind, { minLength: 1, maxLength: 2 })).map(([op, of]) => `metadata.kind ${op} (${of})`),
);
const test = fc.oneof(
  { weight: 6, arbitrary: ofKind },
  joined(oneOf('metadata.kind', 'metadata.tags', 'metadata.price', 'metadata.missing'), oneOf('IS NULL', 'IS NOT NULL')),
  joined('metadata.kind', oneOf('<', '>='), oneOf('5', '8')),
  joined(oneOf('metadata.n', 'metadata.price', 'metadata.tags'), oneOf('=', '<', '>=', '!='), number),
  joined('metadata.tags', oneOf('=', '!=', 'CONTAINS', 'NOT LIKE'), word),
  joined('metadata.at', oneOf('<', '>='), oneOf("'2024-04-12'", "'2024-07-01T00:00:00Z'")),
  joined('document', oneOf('MATCH', 'ICONTAINS', 'NOT CONTAINS'), word),
  joined('document REGEX', oneOf("'words?\\.$'", "'(harbour|violin)'", "'Day [0-9]{2}:'")),
  joined('external_id', oneOf('>=', '<'), number).map((text) => text.replace(/(>=|<) .*/, "LIKE 'n0%'")),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: test },
    fc.tuple(tie('condition'), oneOf('AND', 'OR'), tie('condition')).map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}));
const routed = joined(ofKind, 'AND', condition);
const where = fc.option(fc.oneof(condition, routed), { freq: 6 }).map((text) => (text === null ? '' : ` WHERE ${text}`));
const question = oneOf('sails in the port', 'a loaf of bread', 'music for strings', 'an engine that turns').map((text) => `TEXT '${text}'`);
const path = oneOf('metadata.n', 'metadata.kind', 'metadata.tags', 'metadata.price', 'metadata.at');
const target = oneOf('plain', 'learnt', 'open', 'part_a, part_b, part_c, part_d');

/** What it asks of `TARGET`: the rows must not depend on how many collections that is. */
const statement = fc.oneof(
  fc
    .tuple(where, path, oneOf('', ' DESC', ' NULLS FIRST'), fc.nat(20), fc.nat(9))
    .map(([of, key, way, most, skip]) => `SELECT external_id, ${key} FROM TARGET${of} ORDER BY ${key}${way}, external_id LIMIT ${most + 1} OFFSET ${skip}`),
  fc
    .tuple(where, path, oneOf('COUNT(*)', 'SUM(metadata.price)', 'MAX(metadata.tags)', 'COUNT(DISTINCT document_id)', 'MIN(metadata.at)'))
    .map(([of, key, what]) => `SELECT ${key}, ${what} FROM TARGET${of} GROUP BY ${key} LIMIT 50`),
  fc
    .tuple(where, question, fc.nat(11), fc.nat(4))
    .map(([of, text, most, skip]) => `SELECT external_id, distance FROM TARGET${of} USING EMBEDDING (${text}) LIMIT ${most + 1} OFFSET ${skip}`),
  fc.tuple(where, question, fc.nat(9)).map(([of, text, most]) => `SELECT external_id FROM TARGET${of} USING HYBRID (${text}) TOPK ${most + 1}`),
  fc
    .tuple(where, question)
    .map(([of, text]) => `SELECT external_id FROM TARGET${of} USING EMBEDDING (${text}) RERANK BY MMR (lambda = 0.7) GROUP BY metadata.price SIZE 2 LIMIT 4`),
);

const sampled = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] => fc.sample(arbitrary, { numRuns: count, seed });
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

describe('statements that nobody thought of', () => {
  it(`L5, L3: ${STATEMENTS} give the rows that one collection with everything gives, wherever they are sent`, async () => {
    let [pruned, empty] = [0, 0];
    await inTurn(sampled(fc.tuple(statement, target), STATEMENTS, seed), async ([text, over]) => {
      const [spread, whole] = [await ask(text.replace('TARGET', over)), await ask(text.replace('TARGET', 'whole'))];
      expect({ seed, over, text, ...of(spread) }).toEqual({ seed, over, text, ...of(whole) });
      expect({ text, status: spread.status, code: spread.body.code }).toEqual({ text, status: 200, code: undefined });
      pruned += spread.body.stats.collections_pruned;
      empty += spread.body.rows.length === 0 ? 1 : 0;
    });
    expect(pruned).toBeGreaterThan(STATEMENTS / 10);
    expect(empty).toBeLessThan(STATEMENTS / 2);
  }, 7_200_000);

  it(`L1: ${MUTANTS} with parts lost, doubled and swapped are answered or refused, and show nothing of others`, async () => {
    const broken = fc
      .tuple(statement, target, fc.array(fc.tuple(fc.nat(), fc.nat(4), fc.nat()), { minLength: 1, maxLength: 4 }))
      .map(([text, over, edits]) => mutated(text.replace('TARGET', over), edits));
    let answered = 0;
    await inTurn(sampled(broken, MUTANTS, seed + 1), async (text) => {
      const reply = await ask(text);
      const isRefused = reply.status === 400 && /^E_|^unknown_model$/.test(reply.body.code ?? '');
      expect({ seed, text, status: reply.status, isFine: isRefused || reply.status === 200, body: isRefused ? undefined : reply.body.code }).toMatchObject({
        isFine: true,
        body: undefined,
      });
      expect(JSON.stringify(reply.body)).not.toContain(SECRET);
      answered += reply.status === 200 ? 1 : 0;
    });
    expect(answered).toBeGreaterThan(MUTANTS / 50);
    expect(answered).toBeLessThan(MUTANTS);
  }, 7_200_000);
});

const of = ({ status, body }: Reply<Answer>) => ({ status, rows: body.rows, code: body.code });

const SCRAPS = [
  '(',
  ')',
  "'",
  '"',
  ',',
  '.',
  ';',
  'NOT',
  'AND',
  'OR',
  'NULL',
  '*',
  'whole',
  'ALL',
  'metadata',
  'secret',
  'org_id',
  '--',
  '/*',
  '$1',
  '1e309',
  '\u0000',
  '😀',
];

function mutated(text: string, edits: readonly [number, number, number][]): string {
  const tokens = text.match(/\s+|\w+|[^\s\w]/g) as string[];
  for (const [at, how, other] of edits) {
    const [place, swapped] = [at % tokens.length, other % tokens.length];
    if (how === 0 && tokens.length > 1) tokens.splice(place, 1);
    else if (how === 1) tokens.splice(place, 0, tokens[place] as string);
    else if (how === 2) [tokens[place], tokens[swapped]] = [tokens[swapped] as string, tokens[place] as string];
    else if (how === 3) tokens.splice(place, 1, pick(SCRAPS, other));
    else tokens.splice(place, 0, pick(SCRAPS, other), ' ');
  }
  return tokens.join('');
}

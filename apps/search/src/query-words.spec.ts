import { randomBytes, randomUUID } from 'node:crypto';
import { type Database, type Logger, type OrgId, type SampledTerms, scopeOfPrincipal, sparseBytes } from '@cairn/common';
import { analyse, documentVector } from '@cairn/models/sparse';
import { afterEach, expect, it, jest } from '@jest/globals';
import { QueryWords } from './query-words.js';

const FRESH_MS = 60_000;
const scope = scopeOfPrincipal({ orgId: randomUUID() as OrgId, actor: 'user:1' });

const rowOf = (text: string): SampledTerms => ({
  textHash: randomBytes(32),
  terms: sparseBytes(documentVector(analyse(text))),
  language: 'en',
});

/** A database that answers with these pages, one for each call, and counts the calls. */
function databaseOf(...pages: (SampledTerms[] | Error)[]) {
  const tenant = jest.fn(async () => {
    const page = pages.shift() ?? [];
    if (page instanceof Error) throw page;
    return page;
  });
  return { database: { tenant } as unknown as Database, tenant };
}

const SILENT = { warn: () => undefined } as unknown as Logger;
const weightOf = async (words: QueryWords) => (await words.query(scope, 'space', 'okapi')).values[0] as number;

afterEach(() => {
  jest.restoreAllMocks();
});

it('queries that come at once count once, and later ones use what was counted', async () => {
  const { database, tenant } = databaseOf([rowOf('an okapi'), rowOf('a tree')]);
  const words = new QueryWords(database, SILENT);
  await Promise.all([weightOf(words), weightOf(words), weightOf(words)]);
  await weightOf(words);
  expect(tenant).toHaveBeenCalledTimes(1);
});

it('after a while it is counted again, and nobody waits for that', async () => {
  const { database, tenant } = databaseOf([rowOf('an okapi'), rowOf('a tree')], [rowOf('an okapi'), rowOf('okapi'), rowOf('the okapi')]);
  const words = new QueryWords(database, SILENT);
  const before = await weightOf(words);
  const now = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(now + FRESH_MS + 1);
  expect(await weightOf(words)).toBe(before);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await weightOf(words)).toBeLessThan(before);
  expect(tenant).toHaveBeenCalledTimes(2);
});

it('what could be counted in time is used', async () => {
  const timeout = Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
  const { database, tenant } = databaseOf(
    Array.from({ length: 50 }, () => rowOf('an okapi')),
    timeout,
  );
  const words = new QueryWords(database, SILENT);
  expect(await weightOf(words)).toBeLessThan(0.05);
  await weightOf(words);
  expect(tenant).toHaveBeenCalledTimes(2);
});

it('it stops counting when it has seen enough words', async () => {
  const WORDS = 8_000;
  const row = (at: number): SampledTerms => {
    const indices = Uint32Array.from({ length: WORDS }, (_, word) => at * WORDS + word);
    return { textHash: randomBytes(32), terms: sparseBytes({ indices, values: new Float32Array(WORDS).fill(1) }), language: 'en' };
  };
  const many = (from: number) => Array.from({ length: 50 }, (_, at) => row(from + at));
  const { database, tenant } = databaseOf(many(0), many(50), many(100), many(150));
  await weightOf(new QueryWords(database, SILENT));
  expect(tenant.mock.calls.length).toBeLessThan(4);
});

it('a count that fails is an error of the first query only, and is tried again', async () => {
  const { database } = databaseOf(new Error('no database'), [rowOf('an okapi')]);
  const words = new QueryWords(database, SILENT);
  await expect(weightOf(words)).rejects.toThrow('no database');
  expect(await weightOf(words)).toBeGreaterThan(0);
});

it('Q2: words are weighed alike in all spaces that are searched together', async () => {
  const rows = [rowOf('an okapi'), rowOf('a tree'), rowOf('the river')];
  const both = new QueryWords(databaseOf(rows.slice(0, 1), rows.slice(1)).database, SILENT);
  const one = new QueryWords(databaseOf(rows).database, SILENT);
  const question = ['an okapi by the river'];
  const counts = await both.counts(scope, ['one', 'other'], question);
  expect(counts).toEqual(await one.counts(scope, ['space'], question));
  expect(await both.vectors(question, counts)).toEqual([await one.query(scope, 'space', 'an okapi by the river')]);
});

it('Q8: the same counts make the same vectors, whatever is counted meanwhile', async () => {
  const { database } = databaseOf([rowOf('an okapi'), rowOf('a tree')], [rowOf('okapi'), rowOf('the okapi')]);
  const words = new QueryWords(database, SILENT);
  const counts = JSON.parse(JSON.stringify(await words.counts(scope, ['space'], ['okapi'])));
  const before = await words.vectors(['okapi'], counts);
  const now = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(now + FRESH_MS + 1);
  await weightOf(words);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await weightOf(words)).not.toBe(before[0]?.values[0]);
  expect(await words.vectors(['okapi'], counts)).toEqual(before);
});

import { randomUUID } from 'node:crypto';
import { type Database, type OrgId, type SampledTerms, scopeOfPrincipal, sparseBytes } from '@cairn/common';
import { analyse, documentVector } from '@cairn/models/sparse';
import { afterEach, expect, it, jest } from '@jest/globals';
import { QueryWords } from './query-words.js';

const FRESH_MS = 60_000;
const scope = scopeOfPrincipal({ orgId: randomUUID() as OrgId, actor: 'user:1' });

const rowOf = (text: string): SampledTerms => ({
  pointId: randomUUID() as SampledTerms['pointId'],
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

const weightOf = async (words: QueryWords) => (await words.query(scope, 'space', 'okapi')).values[0] as number;

afterEach(() => {
  jest.restoreAllMocks();
});

it('queries that come at once count once, and later ones use what was counted', async () => {
  const { database, tenant } = databaseOf([rowOf('an okapi'), rowOf('a tree')]);
  const words = new QueryWords(database);
  await Promise.all([weightOf(words), weightOf(words), weightOf(words)]);
  await weightOf(words);
  expect(tenant).toHaveBeenCalledTimes(1);
});

it('after a while it is counted again, and nobody waits for that', async () => {
  const { database, tenant } = databaseOf([rowOf('an okapi'), rowOf('a tree')], [rowOf('an okapi'), rowOf('okapi'), rowOf('the okapi')]);
  const words = new QueryWords(database);
  const before = await weightOf(words);
  const now = performance.now();
  jest.spyOn(performance, 'now').mockReturnValue(now + FRESH_MS + 1);
  expect(await weightOf(words)).toBe(before);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await weightOf(words)).toBeLessThan(before);
  expect(tenant).toHaveBeenCalledTimes(2);
});

it('a count that fails is an error of the first query only, and is tried again', async () => {
  const { database } = databaseOf(new Error('no database'), [rowOf('an okapi')]);
  const words = new QueryWords(database);
  await expect(weightOf(words)).rejects.toThrow('no database');
  expect(await weightOf(words)).toBeGreaterThan(0);
});

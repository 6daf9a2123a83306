import { setTimeout as pause } from 'node:timers/promises';
import { type Access, CairnError, type CollectionSearchDto, DependencyError } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { BatchSearch } from './batch-search.js';
import type { SearchAnswer } from './collection-search.service.js';

const ACCESS = {} as Access;
const AWAY = new DependencyError('model', 'No worker.');

/** A batch whose searches do what their question says, and what was noted of them. */
async function batch(queries: string[], within = { extrasMs: 5_000, answeredMs: 5_000 }) {
  const noted: string[] = [];
  const hurried: boolean[] = [];
  const search = async (_: Access, { query = '' }: CollectionSearchDto, __: AbortSignal, { extrasBy } = { extrasBy: 0 }) => {
    hurried.push(performance.now() >= extrasBy);
    if (query === 'slow') await pause(120);
    if (query === 'away') throw AWAY;
    if (query === 'mistake') throw new CairnError('invalid_cursor', 'No.', { errors: [{ path: 'cursor', message: 'is none' }] });
    return { results: [{ external_id: query, collection_id: 'c', score: 1 }] } as unknown as SearchAnswer;
  };
  const searches = new BatchSearch({ search }, { note: (_, dto) => void noted.push(dto.query as string) }, within);
  const startedAt = performance.now();
  const answers = await searches.answer(
    ACCESS,
    queries.map((query) => ({ query })),
    new AbortController().signal,
  );
  return { answers, noted, hurried, ms: performance.now() - startedAt };
}

describe('searches of a batch', () => {
  it('Q11: stand in their order, and one that has no answer right now says so in its place', async () => {
    const { answers, noted } = await batch(['a', 'away', 'b']);
    expect(answers.map(({ results }) => results[0]?.external_id)).toEqual(['a', undefined, 'b']);
    expect(answers[1]).toMatchObject({ query: 'away', partial_failure: true, warnings: ['No worker.'], error: { code: 'unavailable', status: 503 } });
    expect(noted).toEqual(['a', 'b']);
  });

  it('Q11: have one time together: first they lose what they can do without, then those that are left say that it is over', async () => {
    const { answers, hurried, ms } = await batch(Array(40).fill('slow'), { extrasMs: 100, answeredMs: 300 });
    expect(ms).toBeLessThan(1_000);
    expect([hurried[0], hurried.at(-1)]).toEqual([false, true]);
    expect(answers).toHaveLength(40);
    expect(answers[0]?.error).toBeUndefined();
    expect(answers[39]).toMatchObject({ results: [], error: { code: 'unavailable', detail: expect.stringContaining('Send it again') } });
  });

  it('Q11: are an outage when none is answered', async () => {
    await expect(batch(['away', 'away'])).rejects.toBe(AWAY);
  });

  it('Q11: end with the mistake of one, which is told with its place', async () => {
    await expect(batch(['a', 'a', 'a', 'a', 'a', 'mistake'])).rejects.toMatchObject({ code: 'invalid_cursor', errors: [{ path: 'searches[5].cursor' }] });
  });
});

import { type Access, type Database, DependencyError, type Logger, Metrics, type SearchEvent, scopeOfPrincipal } from '@cairn/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SearchAnswer } from '../collections/collection-search.service.js';
import { SearchMetrics } from '../search-metrics.js';
import { SearchLog } from './search-log.js';

const ANSWER: SearchAnswer = {
  results: [
    { external_id: 'a', collection_id: 'c1', score: 0.9 },
    { external_id: 'b', collection_id: 'c1', score: 0.5 },
  ],
  collections_searched: [
    { id: 'c1', name: 'one', embedding_model: 'm' },
    { id: 'c2', name: 'two', embedding_model: 'm' },
  ],
  search_mode_used: 'hybrid',
  reranking_used: false,
  warnings: [],
  partial_failure: false,
  failed_collections: [],
  total_time_ms: 12.5,
  timings_ms: { embed: 3 },
};

/** What was written, and for whom; `answer` says how a write ends. */
class Writes {
  readonly done: { orgId: string; events: SearchEvent[] }[] = [];
  answer: (orgId: string) => Promise<void> = async () => {};

  readonly database = {
    tenant: async ({ orgId }: Access['scope'], work: (sql: object) => Promise<void>) => {
      await this.answer(orgId);
      await work({ rows: async (_: unknown, [org, events]: [string, string]) => void this.done.push({ orgId: org, events: JSON.parse(events) }) });
    },
  } as unknown as Database;

  get kept(): number {
    return this.done.reduce((sum, { events }) => sum + events.length, 0);
  }
}

const accessOf = (orgId: string): Access => ({ scope: scopeOfPrincipal({ orgId: orgId as Access['scope']['orgId'], actor: 'user:7' }), userId: '7' });
const draining = new AbortController();

function make() {
  const writes = new Writes();
  const metrics = new Metrics('test');
  const log = new SearchLog(writes.database, new SearchMetrics(metrics), { warn() {} } as unknown as Logger, draining.signal);
  opened.push(log);
  const dropped = async (reason: string) =>
    Number(/ (\d+)$/.exec((await metrics.text()).split('\n').find((line) => line.includes(`reason="${reason}"`)) ?? ' 0')?.[1]);
  return { writes, log, dropped };
}

const opened: SearchLog[] = [];
afterEach(() => Promise.all(opened.splice(0).map((log) => log.flush())));

describe('the log of searches', () => {
  it('A1: keeps what was searched for, where, and how it went, in one write for each organisation', async () => {
    const { writes, log } = make();
    log.note(accessOf('A'), { query: 'one', queries: ['and maria@example.org'] }, ANSWER);
    log.note(accessOf('B'), { example_ids: ['x'] }, { ...ANSWER, results: [] });
    log.note(accessOf('A'), { query: 'three' }, ANSWER);
    await log.flush();
    expect(writes.done.map(({ orgId, events }) => [orgId, events.map(({ query }) => query)])).toEqual([
      ['A', ['one\nand [email]', 'three']],
      ['B', [null]],
    ]);
    expect(writes.done[0]?.events[0]).toMatchObject({ userId: '7', collections: ['c1', 'c2'], hitCollections: ['c1'], results: 2, topScore: 0.9, ms: 12.5 });
    expect(writes.done[1]?.events[0]).toMatchObject({ hitCollections: [], results: 0, topScore: null });
  });

  it('A1: a question was asked of collections that failed, too: whoever may not read those is not to see it', async () => {
    const { writes, log } = make();
    const failed = { collection_id: 'c3', collection_name: 'three', error: 'x', error_message: 'x', code: 'unavailable' } as const;
    log.note(accessOf('A'), { query: 'one' }, { ...ANSWER, partial_failure: true, failed_collections: [failed] });
    await log.flush();
    expect(writes.done[0]?.events[0]?.collections).toEqual(['c1', 'c2', 'c3']);
  });

  it('A1: a page that a cursor leads to is no other search', async () => {
    const { writes, log } = make();
    log.note(accessOf('A'), { query: 'one', cursor: 'x' }, ANSWER);
    await log.flush();
    expect(writes.kept).toBe(0);
  });

  it('A1: writes soon without being told', async () => {
    const { writes, log } = make();
    const startedAt = performance.now();
    const written = new Promise<void>((resolve) => {
      writes.answer = async () => resolve();
    });
    log.note(accessOf('A'), { query: 'one' }, ANSWER);
    await written;
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('A1: what comes while too many wait is not kept, and counted', async () => {
    const { writes, log, dropped } = make();
    const everywhere = { ...ANSWER, collections_searched: Array.from({ length: 990 }, (_, at) => ({ id: `c${at}`, name: 'x', embedding_model: 'm' })) };
    for (let at = 0; at < 103; at++) log.note(accessOf(`org ${at % 2}`), { query: 'one' }, everywhere);
    await log.flush();
    expect([writes.kept, await dropped('full'), await dropped('failed')]).toEqual([100, 3, 0]);
    log.note(accessOf('A'), { query: 'one' }, ANSWER);
    await log.flush();
    expect(writes.kept).toBe(101);
  });

  it('A1: a write that fails costs its own searches, and the database being away those of all', async () => {
    const { writes, log, dropped } = make();
    const noteAll = () => {
      for (const org of ['A', 'B', 'C']) log.note(accessOf(org), { query: 'one' }, ANSWER);
    };
    const fails = (error: Error) => async (org: string) => {
      if (org === 'A') throw error;
    };
    writes.answer = fails(new Error('of this one'));
    noteAll();
    await log.flush();
    expect([writes.done.map(({ orgId }) => orgId), await dropped('failed')]).toEqual([['B', 'C'], 1]);
    writes.answer = fails(new DependencyError('pg', 'away'));
    noteAll();
    await log.flush();
    expect([writes.kept, await dropped('failed')]).toEqual([2, 4]);
  });
});

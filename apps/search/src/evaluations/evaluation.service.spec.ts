import { type Access, type Database, type EvaluationDto, type OrgId, type Statement, scopeOfPrincipal } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import type { CollectionSearchService } from '../collections/collection-search.service.js';
import { EvaluationService } from './evaluation.service.js';

const ACCESS: Access = { scope: scopeOfPrincipal({ orgId: 'o' as OrgId, actor: 'user:7' }), userId: '7' };
const JUDGMENTS = ['a', 'b', 'c', 'd'].map((externalId) => ({ query: `where is ${externalId}?`, externalId, relevance: 1 }));

interface Result {
  configurations: { metrics: Record<string, unknown> }[];
}

/** What is kept of an evaluation whose searches find one document and answer as they are told besides. */
async function resultOf(more: Partial<EvaluationDto>, said: object = {}): Promise<Result> {
  let kept = '{}';
  const rows = async (query: string | Statement, values: string[]) => {
    if (typeof query === 'string') return [{ judgments: JUDGMENTS }];
    if (query.name === 'insert_evaluation') kept = values[4] as string;
    return query.name === 'insert_evaluation' ? [{}] : [];
  };
  const database = { tenant: (_: unknown, work: (sql: object) => unknown) => work({ rows }) } as unknown as Database;
  const answer = { results: [{ external_id: 'a' }], partial_failure: false, warnings: [], total_time_ms: 1, ...said };
  const searches = { search: async () => answer } as unknown as CollectionSearchService;
  const dto = { judgment_set_id: 'set', configurations: [{ name: 'one' }], ...more };
  await new EvaluationService(database, searches).evaluate(ACCESS, dto, { idempotencyKey: undefined, signal: new AbortController().signal });
  return JSON.parse(kept);
}

describe('an evaluation', () => {
  it('X3: counts a metric once that is named twice', async () => {
    const { configurations } = await resultOf({ metrics: ['mrr', 'mrr'] });
    expect(configurations[0]?.metrics.mrr).toEqual({ mean: 0.25, ci95: [0, 0.75], n: 4 });
  });

  it('X3: says nothing of a configuration whose reranker is away, and why', async () => {
    const reranked = { configurations: [{ name: 'plain' }, { name: 'rr', use_reranker: true }] };
    await expect(resultOf(reranked, { reranking_used: false })).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 2,
      message: expect.stringContaining('configuration "rr" right now'),
    });
    expect((await resultOf(reranked, { reranking_used: true })).configurations).toHaveLength(2);
  });

  it('X3: refuses a configuration by its place, before anything is searched', async () => {
    const configurations = [{ name: 'good' }, { name: 'bad', filters: { $x: 1 } }];
    await expect(resultOf({ configurations })).rejects.toMatchObject({ code: 'invalid_filter', errors: [{ path: 'configurations[1].filters.$x' }] });
  });
});

import { describe, expect, it } from '@jest/globals';
import { type Examined, examine } from './health-issues.js';

const WELL: Examined = {
  id: 'c',
  status: 'ready',
  documents: 1_000,
  failedDocuments: 0,
  forgottenDocuments: 0,
  missingDocuments: 0,
  textlessDocuments: 0,
  twinDocuments: 99,
  averageBytes: 10_000,
  stuckOperations: 0,
  stuckOperation: null,
  failedOperations: 0,
  failingSources: 0,
  failingSource: null,
  lateSources: 0,
  lateSource: null,
  pausedSources: 0,
  oldIndexes: 0,
  maintainedAt: null,
};
const codesOf = (change: Partial<Examined>) => examine({ ...WELL, ...change }).issues.map(({ code }) => code);
const scoreOf = (change: Partial<Examined>) => examine({ ...WELL, ...change }).score;

describe('the health of a collection', () => {
  it('K14: is 100 where nothing is wrong, also with nothing in it', () => {
    expect(examine(WELL)).toEqual({ score: 100, issues: [], recommendations: [] });
    expect(scoreOf({ documents: 0, twinDocuments: 0 })).toBe(100);
  });

  it('K14: is less with one failed document of many, and says what to ask for', () => {
    const { score, issues, recommendations } = examine({ ...WELL, failedDocuments: 1 });
    expect(score).toBe(95);
    expect(issues).toEqual([
      {
        code: 'failed_documents',
        severity: 'warning',
        message: '1 document could not be indexed. Their error_message says why.',
        count: 1,
        action: { method: 'POST', path: '/api/v2/collections/c/reindex', body: { only_failed: true } },
      },
    ]);
    expect(recommendations).toEqual([expect.stringContaining('only_failed=true')]);
  });

  it('K14: falls with what is wrong, and never under 0', () => {
    const scores = [1, 100, 500, 1_000].map((failedDocuments) => scoreOf({ failedDocuments }));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(scores).size).toBe(4);
    expect(scoreOf({ status: 'error', failedDocuments: 1_000, missingDocuments: 1_000, stuckOperations: 5 })).toBe(0);
  });

  it.each([
    ['unindexed_documents', { forgottenDocuments: 2 }],
    ['outdated_documents', { missingDocuments: 2 }],
    ['documents_without_text', { textlessDocuments: 2 }],
    ['stuck_operations', { stuckOperations: 1, stuckOperation: 'o' }],
    ['failed_operations', { failedOperations: 1 }],
    ['failing_sources', { failingSources: 1, failingSource: 's' }],
    ['unsynced_sources', { lateSources: 1, lateSource: 's' }],
    ['paused_sources', { pausedSources: 1 }],
    ['old_indexes', { oldIndexes: 1 }],
    ['duplicates', { twinDocuments: 100 }],
    ['large_documents', { averageBytes: 10_000_001 }],
    ['not_opened', { status: 'error' as const }],
  ])('K14: %s is said when it is so', (code, change) => {
    expect(codesOf(change)).toEqual([code]);
  });

  it('K14: says the worst first', () => {
    expect(codesOf({ twinDocuments: 500, failedDocuments: 3, stuckOperations: 1 })).toEqual(['stuck_operations', 'failed_documents', 'duplicates']);
  });
});

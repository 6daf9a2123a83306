import { describe, expect, it } from '@jest/globals';
import { checksOf } from './health-checks.js';

const WELL = { status: 'ready' as const, failedDocuments: 0, failedOperations: 0, averageBytes: 2_500_000 };
const passed = (change: object) =>
  Object.entries(checksOf({ ...WELL, ...change }))
    .filter(([, check]) => check.passed)
    .map(([name]) => name);

describe('the checks of a collection', () => {
  it('K14: all pass where nothing is wrong', () => {
    expect(passed({})).toEqual(['status', 'failed_documents', 'recent_operations', 'storage_efficiency']);
    expect(checksOf(WELL).storage_efficiency).toEqual({ passed: true, average_document_size: 2_500_000, message: 'Average document size: 2.50 MB' });
  });

  it.each([
    ['status', { status: 'degraded' }],
    ['failed_documents', { failedDocuments: 1 }],
    ['recent_operations', { failedOperations: 2 }],
    ['storage_efficiency', { averageBytes: 10_000_001 }],
  ])('K14: %s does not pass when it is not so', (name, change) => {
    expect(passed(change)).toEqual(passed({}).filter((one) => one !== name));
  });
});

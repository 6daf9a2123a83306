import type { CollectionStatus, HealthFacts } from '@cairn/common';
import { LARGE_BYTES } from './health-issues.js';

type Checked = Pick<HealthFacts, 'failedDocuments' | 'failedOperations' | 'averageBytes'> & { status: CollectionStatus };

/** What is looked at first, each as passed or not. */
export function checksOf({ status, failedDocuments, failedOperations, averageBytes }: Checked) {
  return {
    status: { passed: status === 'ready', message: `Collection status: ${status}` },
    failed_documents: { passed: failedDocuments === 0, count: failedDocuments, message: `${failedDocuments} failed documents` },
    recent_operations: { passed: failedOperations === 0, failed_count: failedOperations, message: `${failedOperations} failed operations within a week` },
    storage_efficiency: {
      passed: averageBytes <= LARGE_BYTES,
      average_document_size: averageBytes,
      message: `Average document size: ${(averageBytes / 1_000_000).toFixed(2)} MB`,
    },
  };
}

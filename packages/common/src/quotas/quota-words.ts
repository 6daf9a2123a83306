import { limits } from '../shell/validation/limits.js';

/** What is counted, as the wire and the tables name it. */
export const QUOTA_KINDS = ['documents', 'bytes', 'sources', 'operations_per_hour'] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];

/** How much of each; null where nothing is said of it. */
export type QuotaLimits = Record<QuotaKind, number | null>;
export type QuotaCounts = Record<QuotaKind, number>;

/** In place of a collection: the organisation as a whole. */
export const WHOLE_ORGANISATION = '00000000-0000-0000-0000-000000000000';

/** What the operator lets every organisation hold. */
export function configuredQuotas(): QuotaCounts {
  const { quotaDocuments, quotaBytes, quotaSources, quotaOperationsPerHour } = limits();
  return { documents: quotaDocuments, bytes: quotaBytes, sources: quotaSources, operations_per_hour: quotaOperationsPerHour };
}

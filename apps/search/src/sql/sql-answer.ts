import type { BoundQuery, ColumnType, SqlWarning } from '@cairn/retrieval/sql';
import type { FailedTarget } from './prepared.js';

/** What a statement is answered. */
export interface SqlAnswer {
  columns: { name: string; type: ColumnType }[];
  rows: Record<string, unknown>[];
  mode: BoundQuery['mode'] | 'describe';
  collections_queried: string[];
  failed_collections: FailedTarget[];
  partial: boolean;
  truncated: boolean;
  next_cursor: string | null;
  warnings: SqlWarning[];
  stats: object;
  plan?: object;
}

import type { NamedIndex } from '@cairn/common';
import type { BoundQuery, Routed, Select } from '@cairn/retrieval/sql';
import type { RowPlace } from './row-order.js';
import type { Simulated } from './simulated-faults.js';
import type { StatementCursor } from './statement-cursor.js';

/** Where an answer ended: behind a row, or after so many rows or groups. */
export type Ended = { row: RowPlace } | { count: number };

/** A statement that is ready to be answered. */
export interface Prepared {
  statement: Select;
  query: BoundQuery;
  routed: Routed;
  /** What serves of the collections that are asked. */
  indexes: NamedIndex[];
  /** It is known that there is nothing to be found. */
  isFolded: boolean;
  simulated: Simulated;
  /** Rows that each collection is asked for, at least. */
  fetch: number;
  after: Ended | undefined;
  cursor: StatementCursor<Ended>;
}

/** A collection that an answer lacks. */
export interface FailedTarget {
  collection: string;
  code: 'E_EXEC_UNAVAILABLE' | 'E_EXEC_TIMEOUT';
  detail: string;
  retriable: boolean;
}

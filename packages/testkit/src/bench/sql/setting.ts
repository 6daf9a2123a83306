import type { ApiClient } from '../../system/api-client.js';
import type { TestSystem } from '../../system/test-system.js';
import type { BenchContext } from '../core/bench.js';

export interface Size {
  rounds: number;
  /** Statements for each in a round. */
  statements: number;
  /** Of a family; all of them can be asked by one statement. */
  members: number;
  /** Of another family, of which a statement asks a part. */
  many: number;
  /** Documents of each member of the first one. */
  documents: number;
  /** Of a collection that is counted, and read in one answer. */
  rows: number;
}

export interface Setting {
  context: BenchContext;
  system: TestSystem;
  size: Size;
  /** Whoever has the collections. */
  client: ApiClient;
}

export const PER_SECOND = 5;
export const LIMIT = 10;

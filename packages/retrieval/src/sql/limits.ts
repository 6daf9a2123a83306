/** What a statement may have of each thing. */
export const SQL_LIMITS = {
  bytes: 256 * 1024,
  nesting: 64,
  predicates: 1_000,
  inValues: 10_000,
  batch: 64,
  vector: 65_536,
  columns: 100,
  sortKeys: 8,
  groupKeys: 4,
  aggregates: 16,
  params: 1_000,
  /** TOPK, and OFFSET and LIMIT together. */
  rows: 10_000,
  /** The same, of rows that nothing ranks and that are sent as they are read. */
  streamedRows: 1_000_000,
  targets: 64,
  /** Bytes of a TEXT. */
  text: 32 * 1024,
  pattern: 256,
} as const;

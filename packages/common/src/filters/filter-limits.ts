/** Bounds of one filter, so that the cost of asking it of a document is bounded too. */
export const FILTER_LIMITS = {
  /** Of $and, $or and $not inside of each other. */
  depth: 10,
  /** Operators of fields, plain values included, in the whole filter. */
  conditions: 100,
  /** Items of all lists of $and and $or together. */
  filters: 100,
  /** Items of all other lists together. */
  values: 1_000,
  /** UTF-16 code units of a key of the filter, and keys of metadata that it leads through. */
  keyLength: 512,
  pathKeys: 8,
  /** UTF-16 code units of a text that values are compared with: the longest path of a file on Linux. */
  textLength: 4_096,
} as const;

import type { SourceLimits } from './source.js';

/** What holds where an operator says nothing else. */
export const SOURCE_LIMITS: SourceLimits = {
  files: 100_000,
  entries: 500_000,
  depth: 64,
  fileBytes: 100_000_000,
  repositoryBytes: 250_000_000,
};

/** A longer path is left out: it could not be a key of an index. The same as S3's limit for a key. */
export const MOST_PATH_BYTES = 1_024;

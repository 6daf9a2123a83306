import type { OrgId, PendingVector } from '@cairn/common';

export interface Embedded {
  vector: Float32Array;
  /** Tokens of the whole text, and of the part the model read; not known for mock vectors. */
  tokens?: number;
  truncatedTokens?: number;
}

/** Makes the vectors of pending texts, in their order. */
export interface Embedder {
  embed(pending: PendingVector[], options: { orgId: OrgId; signal: AbortSignal }): Promise<Embedded[]>;
}

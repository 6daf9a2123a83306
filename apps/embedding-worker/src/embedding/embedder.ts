import type { EmbeddedText, OrgId, PendingVector } from '@cairn/common';

/** Makes the vectors of pending texts, in their order. */
export interface Embedder {
  /** True where a vector depends on nothing but its text, so that one that is known need not be made again. */
  readonly dependsOnTextOnly: boolean;
  embed(pending: PendingVector[], options: { orgId: OrgId; signal: AbortSignal }): Promise<EmbeddedText[]>;
}

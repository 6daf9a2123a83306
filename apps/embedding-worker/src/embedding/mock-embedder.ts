import type { OrgId, PendingVector } from '@cairn/common';
import { mockVector } from '@cairn/models';
import type { Embedded, Embedder } from './embedder.js';

/** Vectors that depend on ids only, the same on every machine. */
export class MockEmbedder implements Embedder {
  async embed(pending: PendingVector[], { orgId }: { orgId: OrgId }): Promise<Embedded[]> {
    return pending.map(({ assetId, segmentId }) => ({ vector: mockVector({ orgId, assetId, segmentId }) }));
  }
}

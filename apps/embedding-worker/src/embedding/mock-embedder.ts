import type { EmbeddedText, OrgId, PendingVector } from '@cairn/common';
import { mockVector } from '@cairn/models';
import type { Embedder } from './embedder.js';

/** Vectors that depend on ids only, the same on every machine. Those of documents by the mock model depend on their texts: `ModelEmbedder`. */
export class MockEmbedder implements Embedder {
  readonly dependsOnContentOnly = false;

  async embed(pending: PendingVector[], { orgId }: { orgId: OrgId }): Promise<EmbeddedText[]> {
    return pending.map(({ assetId, segmentId }) => ({ vector: mockVector({ orgId, assetId, segmentId }) }));
  }
}

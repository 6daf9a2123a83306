import {
  type FreshPoint,
  type FreshPointsRepository,
  faultPoint,
  floatsOf,
  type ReconcileRepository,
  type StandingVector,
  scopeOfRebuild,
  sparseOf,
  storedPointIdOf,
} from '@cairn/common';
import type { QdrantGateway } from '@cairn/retrieval';
import { groupBy } from './group-by.js';

/** Writes live points to Qdrant again, from Postgres and without the model. */
export class WriteBack {
  constructor(
    private readonly repository: ReconcileRepository,
    private readonly fresh: FreshPointsRepository,
    private readonly gateway: QdrantGateway,
  ) {}

  /** Answers how many of them were live still. */
  async write(space: string, points: FreshPoint[]): Promise<number> {
    const found = await this.repository.standingVectors(points);
    for (const [orgId, vectors] of groupBy(found, (vector) => vector.orgId)) {
      const pointIds = vectors.map(({ pointId }) => pointId);
      faultPoint('R3');
      // Before, so that there is no moment in which they are left to Qdrant alone; and after, because only then the time begins in which it may hide them.
      await this.fresh.add(space, orgId, pointIds);
      await this.gateway.upsert(scopeOfRebuild({ orgId }), space, vectors.map(pointOf));
      await this.fresh.add(space, orgId, pointIds);
    }
    return found.length;
  }
}

function pointOf(vector: StandingVector) {
  return {
    id: storedPointIdOf(vector.pointId, vector.token),
    vector: floatsOf(vector.vector),
    terms: vector.terms === null ? undefined : sparseOf(vector.terms),
    payload: {
      point_id: vector.pointId,
      asset_id: vector.assetId,
      segment_id: vector.segmentId,
      model: vector.model,
      model_ver: vector.modelVer,
      token: vector.token,
      index_id: vector.indexId ?? undefined,
    },
  };
}

import { newId, pointIdOf, storedPointIdOf, type TenantScope } from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { QdrantGateway } from '@cairn/retrieval';
import type { TestDatabase } from '../../system/test-database.js';
import { type CorpusPoint, CorpusWriter } from './corpus-writer.js';
import { Progress } from './progress.js';
import { tidied } from './settled.js';
import type { Tenant } from './tenants.js';
import { TextLikeVectors } from './text-like-vectors.js';

export const SPACE = spaceOf(BUILT_IN_MODEL);
export const DIMENSION = BUILT_IN_MODEL.dimension;
export const SPEC = { space: SPACE, dimension: DIMENSION, distance: 'Cosine' } as const;

const AT_A_TIME = 1_000;
const SEGMENTS_OF_AN_ASSET = 20;

interface Target {
  gateway: QdrantGateway;
  /** Without one, only Qdrant is written. */
  database?: TestDatabase;
  log: (line: string) => void;
}

/** Makes live vectors as `POST /vectors/embed` leaves them behind. */
export class SingleVectors {
  private readonly vectors: TextLikeVectors;

  constructor(seed: number) {
    this.vectors = new TextLikeVectors(seed, DIMENSION);
  }

  /** So many of this organisation, beginning with its vector number `first`. */
  of(scope: TenantScope, first: number, count: number): CorpusPoint[] {
    return Array.from({ length: count }, (_, at) => pointOf(scope, first + at, this.vectors.next()));
  }
}

/** Gives each organisation as many live vectors as it is to have. */
export async function seedVectors({ gateway, database, log }: Target, tenants: readonly Tenant[], source: SingleVectors): Promise<void> {
  const writer = new CorpusWriter(gateway, database);
  const progress = new Progress(
    log,
    'vectors',
    tenants.reduce((sum, { points }) => sum + points, 0),
  );
  await gateway.ensureSpace(SPEC);
  for (const { scope, points } of tenants) {
    for (let first = 0; first < points; first += AT_A_TIME) {
      const count = Math.min(AT_A_TIME, points - first);
      await writer.write(scope, SPACE, source.of(scope, first, count));
      progress.add(count);
    }
  }
  await writer.done();
  if (database) await tidied(database, ['vectors']);
}

function pointOf({ orgId }: TenantScope, at: number, vector: Float32Array): CorpusPoint {
  const names = { assetId: `asset-${Math.floor(at / SEGMENTS_OF_AN_ASSET)}`, segmentId: `segment-${at}` };
  const model = { model: BUILT_IN_MODEL.id, modelVer: BUILT_IN_MODEL.version };
  const [point_id, token] = [pointIdOf({ orgId, ...names, ...model }), newId()];
  const payload = { point_id, asset_id: names.assetId, segment_id: names.segmentId, model: model.model, model_ver: model.modelVer, token };
  return { id: storedPointIdOf(point_id, token), vector, payload };
}

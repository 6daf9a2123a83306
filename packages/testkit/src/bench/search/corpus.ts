import { newId, type OrgId, pointIdOf, scopeOfPrincipal, storedPointIdOf, type TenantScope } from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { PointToWrite, QdrantGateway } from '@cairn/retrieval';
import type { TestDatabase } from '../../system/test-database.js';
import { VectorSource } from '../core/random-vectors.js';

export const SPACE = spaceOf(BUILT_IN_MODEL);
export const DIMENSION = BUILT_IN_MODEL.dimension;

/** Fifty organisations: one large, four of middle size, the others small. */
export function tenantSizes(points: number): number[] {
  const share = (part: number) => Math.max(20, Math.round(points * part));
  return [share(0.25), ...Array.from({ length: 4 }, () => share(0.075)), ...Array.from({ length: 45 }, () => share(0.01))];
}

export interface Tenant {
  scope: TenantScope;
  points: number;
}

/** Puts live vectors where a worker would have put them: rows in Postgres, points in Qdrant. */
export async function seedCorpus(database: TestDatabase, gateway: QdrantGateway, points: number): Promise<Tenant[]> {
  const vectors = new VectorSource(11, DIMENSION);
  await gateway.ensureSpace({ space: SPACE, dimension: DIMENSION, distance: 'Cosine' });
  const tenants: Tenant[] = [];
  for (const size of tenantSizes(points)) {
    const scope = scopeOfPrincipal({ orgId: newId<OrgId>(), actor: 'user:bench' });
    await seedTenant(database, gateway, scope, size, vectors);
    tenants.push({ scope, points: size });
  }
  await database.sql('VACUUM ANALYZE vectors');
  return tenants;
}

async function seedTenant({ sql }: TestDatabase, gateway: QdrantGateway, scope: TenantScope, size: number, vectors: VectorSource): Promise<void> {
  const points = Array.from({ length: size }, (_, at) => pointOf(scope, at, vectors.next()));
  await gateway.upsert(scope, SPACE, points);
  await sql(
    `INSERT INTO vectors (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen, live_gen, live_token, live_accepted_at, vector)
     SELECT $1, p.point_id, p.asset_id, p.segment_id, '${BUILT_IN_MODEL.id}', '${BUILT_IN_MODEL.version}', '${SPACE}', 1, 1, p.token, now(), p.vector
     FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bytea[]) AS p(point_id, asset_id, segment_id, token, vector)`,
    [
      scope.orgId,
      points.map(({ payload }) => payload.point_id),
      points.map(({ payload }) => payload.asset_id),
      points.map(({ payload }) => payload.segment_id),
      points.map(({ payload }) => payload.token),
      points.map(({ vector }) => Buffer.from(vector.buffer)),
    ],
  );
}

function pointOf(scope: TenantScope, at: number, vector: Float32Array): PointToWrite {
  const tuple = { assetId: `asset-${Math.floor(at / 20)}`, segmentId: `segment-${at % 20}`, model: BUILT_IN_MODEL.id, modelVer: BUILT_IN_MODEL.version };
  const point_id = pointIdOf({ orgId: scope.orgId, ...tuple });
  const token = newId();
  const payload = { point_id, asset_id: tuple.assetId, segment_id: tuple.segmentId, model: tuple.model, model_ver: tuple.modelVer, token };
  return { id: storedPointIdOf(point_id, token), vector, payload };
}

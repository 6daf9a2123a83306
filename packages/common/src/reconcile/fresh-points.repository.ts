import type { Database, Statement } from '../data/database.js';
import type { OrgId, PointId } from '../ids.js';

/** So long after it was written Qdrant may begin to hide a point (ADR 22); the longest seen was under a second. */
const MAY_HIDE_FOR = `interval '10 seconds'`;

/** Points that became live, or were written back, together. */
export interface FreshLot {
  orgId: OrgId;
  id: string;
  space: string;
}

/** A point of a lot that is live still. */
export interface FreshPoint {
  orgId: OrgId;
  pointId: PointId;
  token: string;
}

const POINTS: Statement = {
  name: 'points_of_fresh_lots',
  text: `SELECT DISTINCT v.org_id AS "orgId", v.point_id AS "pointId", v.live_token AS token FROM unnest($1::uuid[], $2::uuid[]) AS lot(org_id, id)
    JOIN fresh_points f ON f.org_id = lot.org_id AND f.id = lot.id
    JOIN vectors v ON v.org_id = f.org_id AND v.point_id = ANY (f.point_ids) AND v.live_token IS NOT NULL`,
};

/** Points that searches look after themselves until Qdrant is known to find them, across organisations; for the dispatcher. */
export class FreshPointsRepository {
  constructor(private readonly database: Database) {}

  /** Lots that are old enough to be looked for, the oldest first; spaces that cannot be reached right now are left out, and lots that were looked for. */
  due(limit: number, exceptSpaces: string[], exceptIds: string[]): Promise<FreshLot[]> {
    return this.database.single<FreshLot>(
      `SELECT org_id AS "orgId", id, space FROM fresh_points WHERE since < clock_timestamp() - ${MAY_HIDE_FOR}
        AND space <> ALL ($2::text[]) AND id <> ALL ($3::uuid[]) ORDER BY since LIMIT $1`,
      [limit, exceptSpaces, exceptIds],
    );
  }

  points(lots: FreshLot[]): Promise<FreshPoint[]> {
    return this.database.single<FreshPoint>(POINTS, [lots.map(({ orgId }) => orgId), lots.map(({ id }) => id)]);
  }

  async add(space: string, orgId: OrgId, pointIds: PointId[]): Promise<void> {
    await this.database.single('INSERT INTO fresh_points (org_id, id, space, point_ids) VALUES ($1, gen_random_uuid(), $2, $3)', [orgId, space, pointIds]);
  }

  async forget(lots: FreshLot[]): Promise<void> {
    await this.database.single(
      `DELETE FROM fresh_points f USING unnest($1::uuid[], $2::uuid[]) AS lot(org_id, id) WHERE f.org_id = lot.org_id AND f.id = lot.id`,
      [lots.map(({ orgId }) => orgId), lots.map(({ id }) => id)],
    );
  }
}

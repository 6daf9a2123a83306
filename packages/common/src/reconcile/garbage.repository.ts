import type { Database } from '../data/database.js';
import type { OrgId, StoredPointId } from '../ids.js';

export interface DueGarbage {
  orgId: OrgId;
  space: string;
  storedId: StoredPointId;
}

/** Points to delete from Qdrant, across organisations; for the dispatcher. */
export class GarbageRepository {
  constructor(private readonly database: Database) {}

  /** What is due, the longest first; spaces that cannot be reached right now are left out. */
  due(limit: number, exceptSpaces: string[] = []): Promise<DueGarbage[]> {
    return this.database.single<DueGarbage>(
      'SELECT org_id AS "orgId", space, stored_id AS "storedId" FROM garbage_points WHERE due_at <= clock_timestamp() AND space <> ALL ($2::text[]) ORDER BY due_at LIMIT $1',
      [limit, exceptSpaces],
    );
  }

  /** Call it after Qdrant confirmed the delete; doing it twice is harmless. */
  async forget(points: DueGarbage[]): Promise<void> {
    await this.database.single(
      `DELETE FROM garbage_points g USING unnest($1::uuid[], $2::text[], $3::uuid[]) AS d(org_id, space, stored_id) WHERE g.org_id = d.org_id AND g.space = d.space AND g.stored_id = d.stored_id`,
      [points.map((point) => point.orgId), points.map((point) => point.space), points.map((point) => point.storedId)],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.database.single<{ count: number }>('SELECT count(*)::int AS count FROM garbage_points');
    return row?.count ?? 0;
  }
}

import { type Access, type Database, readCollection, readHealthFacts } from '@cairn/common';
import { checksOf } from './health-checks.js';
import { examine } from './health-issues.js';

export class CollectionHealthService {
  constructor(private readonly database: Database) {}

  /** How well a collection is, by what Postgres knows in one snapshot. */
  read(access: Access, id: string): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const { status, autoMaintenance } = await readCollection(sql, access, id);
      const facts = await readHealthFacts(sql, access.scope, id);
      const { score, issues, recommendations } = examine({ ...facts, id, status });
      return {
        collection_id: id,
        status,
        score,
        health_score: score,
        checks: checksOf({ ...facts, status }),
        issues,
        recommendations,
        auto_maintenance: autoMaintenance,
        maintained_at: facts.maintainedAt,
      };
    });
  }
}

import {
  type Access,
  type Database,
  type IndexSpace,
  type Remains,
  readCollection,
  remainsOfCollection,
  remainsOfDocument,
  spacesOfIndexes,
  type TenantScope,
  truthOfIndex,
} from '@cairn/common';
import { compareIndex, type QdrantGateway } from '@cairn/retrieval';

/** More ids than these help nobody. */
const NAMED_AT_MOST = 1_000;

type Conditions = { asset_id: string } | { index_id: string[] };

/** Says how Postgres and Qdrant stand to each other, by looking at both. */
export class TruthService {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
  ) {}

  async drift(access: Access, id: string): Promise<object> {
    const { scope } = access;
    const indexes = await this.database.tenant(scope, async (sql) => {
      await readCollection(sql, access, id);
      return spacesOfIndexes(sql, scope, id);
    });
    const sum = { expected: 0, found: 0, missing: 0, orphans: 0 };
    const [missing, orphans]: [string[], string[]] = [[], []];
    for await (const part of this.compare(scope, indexes)) {
      sum.expected += part.expected;
      sum.found += part.found;
      sum.missing += part.missing.length;
      sum.orphans += part.strangers.length;
      missing.push(...part.missing.slice(0, NAMED_AT_MOST - missing.length).map((point) => point.id));
      orphans.push(...part.strangers.slice(0, NAMED_AT_MOST - orphans.length));
    }
    return {
      points_expected: sum.expected,
      points_found: sum.found,
      missing_count: sum.missing,
      orphan_count: sum.orphans,
      missing,
      orphans,
      in_sync: sum.missing + sum.orphans === 0,
      checked_at: new Date(),
    };
  }

  async documentDeletion(access: Access, id: string): Promise<object> {
    const remains = await this.database.tenantSnapshot(access.scope, (sql) => remainsOfDocument(sql, access, id));
    return { document_id: id, ...(await this.receipt(access, { ...remains, documents: 0 }, { asset_id: id })) };
  }

  async collectionDeletion(access: Access, id: string): Promise<object> {
    const remains = await this.database.tenantSnapshot(access.scope, (sql) => remainsOfCollection(sql, access, id));
    return { collection_id: id, ...(await this.receipt(access, remains, { index_id: remains.indexIds })) };
  }

  // The gateway's own condition is the organisation; ids of documents and indexes are nobody else's.
  private async receipt({ scope }: Access, remains: Remains & { documents: number }, conditions: Conditions): Promise<object> {
    const { deletedAt, deletedBy, documents, chunks, points, texts, blob, spaces } = remains;
    let stored = 0;
    for (const space of spaces) stored += await this.gateway.count(scope, space, conditions);
    return {
      deleted_at: deletedAt,
      deleted_by: deletedBy,
      sql: { documents, chunks, points, blob },
      qdrant: { points: stored },
      cache: { texts },
      complete: documents + chunks + points + texts + stored === 0 && blob !== 'pending',
      checked_at: new Date(),
    };
  }

  private async *compare(scope: TenantScope, indexes: IndexSpace[]) {
    for (const { id: indexId, space } of indexes) yield* compareIndex(this.gateway, scope, { space, indexId }, truthOfIndex(this.database, scope, indexId));
  }
}

import { type Access, roleSql, roleValues } from '../collections/access.js';
import { giveUpAfter, type Sql, type Statement } from '../data/database.js';
import { WHOLE_ORGANISATION } from '../quotas/quota-words.js';

/** What is held, and how often it was searched. */
export interface UsageCounts {
  documents: number;
  /** As they were sent. */
  bytes: number;
  /** Of the indexes that serve. */
  chunks: number;
  /** Null where the organisation wants no searches kept. */
  searches: number | null;
}

export interface CollectionUsage extends UsageCounts {
  collectionId: string;
  name: string;
}

export interface Usage extends UsageCounts {
  from: Date;
  to: Date;
  /** Those that the caller may read, the largest first. */
  collections: CollectionUsage[];
}

export interface UsageFilter {
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
}

const PERIOD: Statement = {
  name: 'period_of_usage',
  text: `SELECT coalesce($1::timestamptz, coalesce($2::timestamptz, statement_timestamp()) - interval '30 days') AS from, coalesce($2::timestamptz, statement_timestamp()) AS to`,
};

const CHUNKS = `SELECT coalesce(sum(m.chunk_count), 0)::float8 FROM manifests m WHERE m.org_id = c.org_id AND m.index_id = c.serving_index_id`;
const IS_LOGGED = '(SELECT query_log FROM organisations WHERE id = $1)';

const WHOLE: Statement = {
  name: 'usage_of_organisation',
  text: `SELECT coalesce(max(u.documents), 0)::float8 AS documents, coalesce(max(u.bytes), 0)::float8 AS bytes,
      (SELECT coalesce(sum((${CHUNKS})), 0)::float8 FROM collections c WHERE c.org_id = $1 AND c.deleted_at IS NULL) AS chunks,
      CASE WHEN ${IS_LOGGED} THEN (SELECT count(*)::float8 FROM search_events e WHERE e.org_id = $1 AND e.at >= $2 AND e.at < $3) END AS searches
    FROM quota_usage u WHERE u.org_id = $1 AND u.collection_id = '${WHOLE_ORGANISATION}'`,
};

const BY_COLLECTION: Statement = {
  name: 'usage_of_collections',
  text: `WITH searched AS (SELECT looked.id, count(*)::float8 AS searches FROM search_events e, unnest(e.collections) AS looked(id)
      WHERE e.org_id = $1 AND e.at >= $4 AND e.at < $5 GROUP BY looked.id)
    SELECT c.id AS "collectionId", c.name, coalesce(u.documents, 0)::float8 AS documents, coalesce(u.bytes, 0)::float8 AS bytes, (${CHUNKS}) AS chunks,
      CASE WHEN ${IS_LOGGED} THEN coalesce(s.searches, 0) END AS searches
    FROM collections c LEFT JOIN quota_usage u ON u.org_id = c.org_id AND u.collection_id = c.id LEFT JOIN searched s ON s.id = c.id
    WHERE c.org_id = $1 AND c.deleted_at IS NULL AND ${roleSql('c', 2)} IS NOT NULL ORDER BY bytes DESC, c.id LIMIT $6`,
};

/** What the organisation holds now and how often it was searched in a time, as a whole and by collection. A search in several collections counts for each. */
export async function readUsage(sql: Sql, access: Access, { from, to, limit }: UsageFilter): Promise<Usage> {
  const { scope } = access;
  await giveUpAfter(sql, 10);
  const [period] = await sql.rows<{ from: Date; to: Date }>(PERIOD, [from ?? null, to ?? null]);
  const { from: begin, to: end } = period as { from: Date; to: Date };
  const [whole] = await sql.rows<UsageCounts>(WHOLE, [scope.orgId, begin, end]);
  const collections = await sql.rows<CollectionUsage>(BY_COLLECTION, [scope.orgId, ...roleValues(access), begin, end, limit]);
  return { from: begin, to: end, ...(whole as UsageCounts), collections };
}

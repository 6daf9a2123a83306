import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A passage of a collection that is asked for as if somebody had searched for it. */
export interface SampledPassage {
  documentId: string;
  text: string;
}

// The same for the same seed, so that a job that begins again asks the same.
const SAMPLE: Statement = {
  name: 'sample_passages',
  text: `WITH chosen AS (SELECT index_id, document_id, number FROM chunks WHERE org_id = $1 AND index_id = $2 ORDER BY md5(id::text || $3), id LIMIT $4)
    SELECT ch.document_id AS "documentId", left(ch.text, $5::int) AS text FROM chosen JOIN chunks ch ON ch.org_id = $1 AND ch.index_id = chosen.index_id
      AND ch.document_id = chosen.document_id AND ch.number = chosen.number ORDER BY md5(ch.id::text || $3), ch.id`,
};

/** Beginnings of some chunks of an index. */
export function samplePassages(
  sql: Sql,
  scope: TenantScope,
  { indexId, seed, limit, characters }: { indexId: string; seed: string; limit: number; characters: number },
): Promise<SampledPassage[]> {
  return sql.rows<SampledPassage>(SAMPLE, [scope.orgId, indexId, seed, limit, characters]);
}

const EXTERNAL_IDS: Statement = {
  name: 'external_ids_of_documents',
  text: 'SELECT id, external_id AS "externalId" FROM documents WHERE org_id = $1 AND id = ANY ($2::uuid[]) AND deleted_at IS NULL',
};

/** By what documents are known to those who sent them. */
export async function externalIdsOf(sql: Sql, scope: TenantScope, documentIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.rows<{ id: string; externalId: string }>(EXTERNAL_IDS, [scope.orgId, documentIds]);
  return new Map(rows.map(({ id, externalId }) => [id, externalId]));
}

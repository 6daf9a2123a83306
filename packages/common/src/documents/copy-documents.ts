import type { Sql, Statement } from '../data/database.js';
import { newId } from '../ids.js';
import { inParts } from '../in-parts.js';
import { chargeUsage } from '../quotas/charge-usage.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

const IN_ONE_STATEMENT = 5_000;

// Held until the copies are there: while a document is live nobody removes its content.
const HOLD: Statement = {
  name: 'hold_documents_to_copy',
  text: 'SELECT id, size_bytes::float8 AS size FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL ORDER BY created_at, id FOR SHARE',
};

const COPY: Statement = {
  name: 'copy_documents',
  text: `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, file_path, title, mime_type, is_text, size_bytes, content_hash, metadata, created_at)
    SELECT d.org_id, copy.id, $2, d.external_id, d.file_name, d.file_path, d.title, d.mime_type, d.is_text, d.size_bytes, d.content_hash, d.metadata, statement_timestamp()
    FROM unnest($3::uuid[], $4::uuid[]) AS copy(original, id) JOIN documents d ON d.org_id = $1 AND d.id = copy.original`,
};

/** Puts the documents of a collection into another one, which has none yet; answers the ids of the copies, in the order of the originals. Contents are shared. */
export async function copyDocuments(sql: Sql, scope: TenantScope, from: string, to: string): Promise<string[]> {
  const originals = await sql.rows<{ id: string; size: number }>(HOLD, [scope.orgId, from]);
  const copies = originals.map(({ id, size }) => ({ original: id, id: newId(), size }));
  for (const part of inParts(copies, { size: IN_ONE_STATEMENT, sizeOf: () => 1 }))
    await sql.rows(COPY, [scope.orgId, to, part.map(({ original }) => original), part.map(({ id }) => id)]);
  chargeUsage(sql, scope, to, { documents: copies.length, bytes: copies.reduce((bytes, { size }) => bytes + size, 0) });
  return copies.map(({ id }) => id);
}

import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A document as it is written down for elsewhere. */
export interface DocumentToArchive {
  id: string;
  externalId: string;
  fileName: string;
  filePath: string | null;
  title: string | null;
  mimeType: string | null;
  isText: boolean;
  size: number;
  contentHash: string;
  metadata: Record<string, unknown>;
  createdAt: Date;
}

const PAGE = 500;

const LIST: Statement = {
  name: 'documents_to_archive',
  text: `SELECT id, external_id AS "externalId", file_name AS "fileName", file_path AS "filePath", title, mime_type AS "mimeType", is_text AS "isText", size_bytes::float8 AS size,
      content_hash AS "contentHash", metadata, created_at AS "createdAt" FROM documents
    WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT ${PAGE}`,
};

/** All documents of a collection that the caller may read, a page at a time. Read them in a snapshot. */
export async function* documentsToArchive(sql: Sql, scope: TenantScope, collectionId: string): AsyncGenerator<DocumentToArchive> {
  let page: DocumentToArchive[];
  let last: string | null = null;
  do {
    page = await sql.rows<DocumentToArchive>(LIST, [scope.orgId, collectionId, last]);
    yield* page;
    last = page.at(-1)?.id ?? null;
  } while (page.length === PAGE);
}

/** Which of these ids no document of the organisation has, or had and is still known by. */
export async function freeDocumentIds(sql: Sql, scope: TenantScope, ids: readonly string[]): Promise<Set<string>> {
  const taken = await sql.rows<{ id: string }>('SELECT id FROM documents WHERE org_id = $1 AND id = ANY ($2::uuid[])', [scope.orgId, ids]);
  const free = new Set(ids);
  for (const { id } of taken) free.delete(id);
  return free;
}

import type { Sql, Statement } from '../data/database.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** Another chunk of the parent of a chunk; where it has no parent, the one before or after it. What lies further away than was asked for is cut off. */
export interface ParentPart {
  chunkId: string;
  text: string;
  /** Of `text`, in the document. */
  start: number;
  end: number;
  isCut: boolean;
}

/** A document may have many thousands of chunks: so many before and after a chunk are looked at. */
export const MOST_PARTS = 100;

// `right` and `left` count characters, and offsets UTF-16 units: what is left of the text says where it begins and ends.
const PARTS: Statement = {
  name: 'parent_parts',
  text: `SELECT ch.id AS "chunkId", near.number < ch.number AS "isBefore", near.start_at AS start, near.end_at AS end,
      CASE WHEN near.number < ch.number THEN right(near.text, $3::int) ELSE left(near.text, $3::int) END AS text
    FROM chunks ch JOIN chunks near ON near.org_id = ch.org_id AND near.index_id = ch.index_id AND near.document_id = ch.document_id AND near.number <> ch.number
      AND near.number BETWEEN ch.number - $4::int AND ch.number + $4::int AND near.end_at > ch.start_at - $3::int AND near.start_at < ch.end_at + $3::int
      AND CASE WHEN ch.parent_start IS NULL THEN abs(near.number - ch.number) = 1 ELSE near.parent_start = ch.parent_start AND near.parent_end = ch.parent_end END
    WHERE ch.org_id = $1 AND ch.id = ANY ($2::uuid[]) ORDER BY ch.id, near.number`,
};

/** In the snapshot that found the chunks live: so all of it is of the same version of the document. */
export async function parentParts(sql: Sql, scope: TenantScope, chunkIds: readonly string[], within: number): Promise<ParentPart[]> {
  const rows = await sql.rows<Omit<ParentPart, 'isCut'> & { isBefore: boolean }>(PARTS, [scope.orgId, chunkIds, within, MOST_PARTS]);
  return rows.map(({ chunkId, isBefore, text, start, end }) => {
    const isCut = text.length < end - start;
    return isBefore ? { chunkId, text, isCut, start: end - text.length, end } : { chunkId, text, isCut, start, end: start + text.length };
  });
}

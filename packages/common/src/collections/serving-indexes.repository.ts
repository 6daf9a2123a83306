import type { Sql, Statement } from '../data/database.js';
import { type Access, roleSql, roleValues } from './access.js';
import { noCollection } from './collection.repository.js';

/** A collection as a search needs to know it. */
export interface ServingIndex {
  collectionId: string;
  collectionName: string;
  indexId: string;
  space: string;
  model: string;
  modelVer: string;
}

const SERVING: Statement = {
  name: 'serving_indexes',
  text: `SELECT c.id AS "collectionId", c.name AS "collectionName", i.id AS "indexId", i.space, i.model, i.model_ver AS "modelVer"
    FROM collections c JOIN collection_indexes i ON i.org_id = c.org_id AND i.id = c.serving_index_id
    WHERE c.org_id = $1 AND c.deleted_at IS NULL AND ($4::uuid[] IS NULL OR c.id = ANY ($4::uuid[])) AND ${roleSql('c', 2)} IS NOT NULL`,
};

/** The indexes that serve, of these collections or of all that the caller may read. One that is not there for him ends the search, whoever's it is. */
export async function servingIndexes(sql: Sql, access: Access, collectionIds: readonly string[] | undefined): Promise<ServingIndex[]> {
  const wanted = collectionIds && [...new Set(collectionIds.map((id) => id.toLowerCase()))];
  const found = await sql.rows<ServingIndex>(SERVING, [access.scope.orgId, ...roleValues(access), wanted ?? null]);
  if (wanted && found.length < wanted.length) throw noCollection();
  return found;
}

/** What is shown of a hit. */
export interface FoundChunk {
  pointId: string;
  chunkId: string;
  documentId: string;
  externalId: string;
  index: number;
  text: string;
  start: number;
  end: number;
  page: number | null;
  headingPath: string[] | null;
  timeStart: number | null;
  timeEnd: number | null;
  title: string | null;
  metadata: Record<string, unknown>;
  fileName: string;
  filePath: string | null;
  indexId: string;
}

const CHUNKS: Statement = {
  name: 'found_chunks',
  text: `SELECT v.point_id AS "pointId", ch.id AS "chunkId", d.id AS "documentId", d.external_id AS "externalId", ch.number AS index, ch.text, ch.start_at AS start, ch.end_at AS end, ch.page,
      ch.heading_path AS "headingPath", ch.time_start AS "timeStart", ch.time_end AS "timeEnd", coalesce(d.title, d.facts->>'title') AS title, d.metadata, d.file_name AS "fileName", d.file_path AS "filePath", v.index_id AS "indexId"
    FROM vectors v JOIN chunks ch ON ch.org_id = v.org_id AND ch.id = v.chunk_id JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND d.deleted_at IS NULL
    WHERE v.org_id = $1 AND v.point_id = ANY ($2::uuid[])`,
};

/** The chunks of live points, in the snapshot that found them live. */
export function foundChunks(sql: Sql, { scope }: Access, pointIds: readonly string[]): Promise<FoundChunk[]> {
  return sql.rows<FoundChunk>(CHUNKS, [scope.orgId, pointIds]);
}

const CHUNK_OF: Statement = {
  name: 'chunk_of_points',
  text: 'SELECT point_id AS "pointId", chunk_id AS "chunkId" FROM vectors WHERE org_id = $1 AND point_id = ANY ($2::uuid[]) AND index_id = ANY ($3::uuid[])',
};

/** Which chunk each point belongs to: a long chunk has several. What Qdrant took for a point of these indexes, and Postgres does not, has none. */
export async function chunksOfPoints(sql: Sql, { scope }: Access, pointIds: readonly string[], indexIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.rows<{ pointId: string; chunkId: string }>(CHUNK_OF, [scope.orgId, pointIds, indexIds]);
  return new Map(rows.map(({ pointId, chunkId }) => [pointId, chunkId]));
}

import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { type Access, roleSql, roleValues } from './access.js';
import { collectionIdsOf } from './alias.repository.js';
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

const COLUMNS = 'c.id AS "collectionId", c.name AS "collectionName", i.id AS "indexId", i.space, i.model, i.model_ver AS "modelVer"';
const SERVES = 'collections c JOIN collection_indexes i ON i.org_id = c.org_id AND i.id = c.serving_index_id';

const SERVING: Statement = {
  name: 'serving_indexes',
  text: `SELECT ${COLUMNS} FROM ${SERVES}
    WHERE c.org_id = $1 AND c.deleted_at IS NULL AND ($4::uuid[] IS NULL OR c.id = ANY ($4::uuid[])) AND ${roleSql('c', 2)} IS NOT NULL`,
};

/** The indexes that serve, of these collections (by id, alias or name) or of all that the caller may read. One that is not there for him ends the search, whoever's it is. */
export async function servingIndexes(sql: Sql, access: Access, collections: readonly string[] | undefined): Promise<ServingIndex[]> {
  const wanted = collections && [...new Set(await collectionIdsOf(sql, access, collections))];
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
  /** In the document, where pages behind `page` begin that it goes on over. */
  pageStarts: number[] | null;
  headingPath: string[] | null;
  /** Of the parent in the document; null where its chunker makes none. */
  parentStart: number | null;
  parentEnd: number | null;
  timeStart: number | null;
  timeEnd: number | null;
  chunkMetadata: Record<string, unknown> | null;
  title: string | null;
  metadata: Record<string, unknown>;
  fileName: string;
  filePath: string | null;
  indexId: string;
}

const CHUNKS: Statement = {
  name: 'found_chunks',
  text: `SELECT v.point_id AS "pointId", ch.id AS "chunkId", d.id AS "documentId", d.external_id AS "externalId", ch.number AS index, ch.text, ch.start_at AS start, ch.end_at AS end, ch.page, ch.page_starts AS "pageStarts",
      ch.heading_path AS "headingPath", ch.parent_start AS "parentStart", ch.parent_end AS "parentEnd", ch.time_start AS "timeStart", ch.time_end AS "timeEnd", ch.metadata AS "chunkMetadata", coalesce(d.title, d.facts->>'title') AS title, d.metadata, d.file_name AS "fileName", d.file_path AS "filePath", v.index_id AS "indexId"
    FROM vectors v JOIN chunks ch ON ch.org_id = v.org_id AND ch.id = v.chunk_id JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND d.deleted_at IS NULL
    WHERE v.org_id = $1 AND v.point_id = ANY ($2::uuid[])`,
};

/** The chunks of live points, in the snapshot that found them live. */
export function foundChunks(sql: Sql, { scope }: Access, pointIds: readonly string[]): Promise<FoundChunk[]> {
  return sql.rows<FoundChunk>(CHUNKS, [scope.orgId, pointIds]);
}

/** A chunk that others are to be like. */
export interface ExampleChunk {
  chunkId: string;
  text: string;
  space: string;
  vector: Buffer;
}

const EXAMPLES: Statement = {
  name: 'example_chunks',
  text: `SELECT ch.id AS "chunkId", ch.text, v.space, v.vector
    FROM chunks ch JOIN vectors v ON v.org_id = ch.org_id AND v.point_id = ch.id AND v.live_token IS NOT NULL
    JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND d.deleted_at IS NULL
    JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id AND c.serving_index_id = v.index_id AND c.deleted_at IS NULL
    WHERE ch.org_id = $1 AND ch.id = ANY ($4::uuid[]) AND ${roleSql('c', 2)} IS NOT NULL`,
};

/** Chunks that a search would find, in this order, of any collection that the caller may read. One that is not there for him ends the search, whoever's it is. */
export async function exampleChunks(sql: Sql, access: Access, chunkIds: readonly string[]): Promise<ExampleChunk[]> {
  const wanted = [...new Set(chunkIds.map((id) => id.toLowerCase()))];
  const found = await sql.rows<ExampleChunk>(EXAMPLES, [access.scope.orgId, ...roleValues(access), wanted]);
  return wanted.map((id) => {
    const chunk = found.find(({ chunkId }) => chunkId === id);
    if (chunk === undefined)
      throw new CairnError('not_found', `There is no chunk ${id} in what serves now. Chunks get new ids when their document or collection changes.`);
    return chunk;
  });
}

/** A document that somebody looks for by name, as far as a search sees it. */
export interface NamedDocument {
  id: string;
  collectionId: string;
  status: string;
  errorMessage: string | null;
  /** Its parts in the index that serves. */
  chunks: number;
}

const NAMED: Statement = {
  name: 'named_documents',
  text: `SELECT d.id, d.collection_id AS "collectionId", d.status, d.error_message AS "errorMessage",
      (SELECT count(*)::int FROM vectors v JOIN collections c ON c.org_id = v.org_id AND c.id = d.collection_id
        WHERE v.org_id = d.org_id AND v.asset_id = d.id::text AND v.index_id = c.serving_index_id AND v.live_token IS NOT NULL) AS chunks
    FROM documents d WHERE d.org_id = $1 AND d.deleted_at IS NULL AND d.collection_id = ANY ($2::uuid[]) AND (d.external_id = $3 OR d.id::text = $3)`,
};

/** The documents of these collections with that external id, or id. */
export function namedDocuments(sql: Sql, { scope }: Access, collectionIds: readonly string[], name: string): Promise<NamedDocument[]> {
  return sql.rows<NamedDocument>(NAMED, [scope.orgId, collectionIds, name]);
}

/** A collection and all that it is called. */
export interface NamedIndex extends ServingIndex {
  aliases: string[];
}

const NAMED_INDEXES: Statement = {
  name: 'named_indexes',
  text: `SELECT ${COLUMNS}, ARRAY(SELECT a.name FROM collection_aliases a WHERE a.org_id = c.org_id AND a.collection_id = c.id) AS aliases FROM ${SERVES}
    WHERE c.org_id = $1 AND c.deleted_at IS NULL AND ($4::text[] IS NULL OR c.name = ANY ($4::text[]) OR c.id = ANY ($5::uuid[])
      OR EXISTS (SELECT FROM collection_aliases a WHERE a.org_id = c.org_id AND a.collection_id = c.id AND a.name = ANY ($4::text[]))) AND ${roleSql('c', 2)} IS NOT NULL`,
};

/** Everything that the caller may read, or what of it has one of these names or ids. */
export function namedIndexes(sql: Sql, access: Access, wanted?: { names: readonly string[]; ids: readonly string[] }): Promise<NamedIndex[]> {
  return sql.rows<NamedIndex>(NAMED_INDEXES, [access.scope.orgId, ...roleValues(access), wanted?.names ?? null, wanted?.ids ?? null]);
}

import { BUILT_IN_FIELDS, type NamedIndex, type PlacedColumn, type TenantScope } from '@cairn/common';
import type { StoredColumn } from '@cairn/retrieval/sql';

/** Before Postgres has looked at a table it takes nearly no row to have no value, and a table of which one row is expected is read again and again. */
export const IS_THERE = 'CASE WHEN d.deleted_at IS NULL THEN TRUE ELSE FALSE END';

/**
 * A row is a chunk (`ch`) of a document (`d`). Its collection is known, and not joined: of values that it is given Postgres knows how many rows they have, and
 * of those that a join would bring it does not.
 */
export const ROWS = `chunks ch JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND ${IS_THERE}`;
/** Of these indexes of the organisation; whatever uses their names or not, Postgres wants to know what they are. */
export const ROWS_OF = 'ch.org_id = $1 AND ch.index_id = ANY ($2::uuid[]) AND $3::text[] IS NOT NULL';
const COLLECTION = '($3::text[])[array_position($2::uuid[], ch.index_id)]';
/** The first parameter that is free beside them. */
export const FIRST_PARAMETER = 4;

export type RowsIndex = Pick<NamedIndex, 'indexId' | 'collectionId' | 'collectionName'>;

/** The parameters of `ROWS` and `ROWS_OF`. */
export function rowsValues({ orgId }: TenantScope, indexes: readonly RowsIndex[]): unknown[] {
  return [orgId, indexes.map(({ indexId }) => indexId), indexes.map(({ collectionName }) => collectionName)];
}

const builtIn = ({ type, column }: (typeof BUILT_IN_FIELDS)[keyof typeof BUILT_IN_FIELDS]): PlacedColumn => ({ type, column: () => column('d') });
const plain = (type: PlacedColumn['type'], sql: string): PlacedColumn => ({ type, column: () => sql });

/** What statements call a column, in SQL. */
export const ROW_COLUMNS: Record<StoredColumn, PlacedColumn> = {
  id: plain('uuid', 'ch.id'),
  chunk_id: plain('uuid', 'ch.id'),
  external_id: builtIn(BUILT_IN_FIELDS.external_id),
  document_id: builtIn(BUILT_IN_FIELDS.document_id),
  title: builtIn(BUILT_IN_FIELDS.title),
  file_name: builtIn(BUILT_IN_FIELDS.file_name),
  file_path: builtIn(BUILT_IN_FIELDS.file_path),
  mime_type: builtIn(BUILT_IN_FIELDS.mime_type),
  collection: plain('text', COLLECTION),
  chunk_index: plain('number', 'ch.number'),
  created_at: builtIn(BUILT_IN_FIELDS.created_at),
  updated_at: builtIn(BUILT_IN_FIELDS.updated_at),
  document: plain('text', 'ch.text'),
};

/** In these the rows of one document differ. */
export const isOfChunk = (name: StoredColumn): boolean => ROW_COLUMNS[name].column('').startsWith('ch.');

/** As answers show it: a moment in the form of RFC 3339, as exact as it is kept. */
export function shownColumn(name: StoredColumn): string {
  const { type, column } = ROW_COLUMNS[name];
  const sql = column('');
  if (type === 'moment') return momentText(sql);
  return type === 'uuid' ? `${sql}::text` : sql;
}

export const momentText = (moment: string): string => `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

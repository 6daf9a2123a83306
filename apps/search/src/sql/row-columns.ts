import { BUILT_IN_FIELDS, type PlacedColumn } from '@cairn/common';
import type { StoredColumn } from '@cairn/retrieval/sql';

/** A row is a chunk (`ch`) of a document (`d`) of a collection (`c`). */
export const ROWS = `collections c JOIN chunks ch ON ch.org_id = c.org_id AND ch.index_id = c.serving_index_id
    JOIN documents d ON d.org_id = ch.org_id AND d.id = ch.document_id AND d.deleted_at IS NULL`;
/** Of these collections (`$2`) of the organisation (`$1`). */
export const ROWS_OF = 'c.org_id = $1 AND c.id = ANY ($2::uuid[]) AND c.deleted_at IS NULL';
/** The first parameter that is free beside them. */
export const FIRST_PARAMETER = 3;

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
  collection: plain('text', 'c.name'),
  chunk_index: plain('number', 'ch.number'),
  created_at: builtIn(BUILT_IN_FIELDS.created_at),
  updated_at: builtIn(BUILT_IN_FIELDS.updated_at),
  document: plain('text', 'ch.text'),
};

/** As answers show it: a moment in the form of RFC 3339, as exact as it is kept. */
export function shownColumn(name: StoredColumn): string {
  const { type, column } = ROW_COLUMNS[name];
  const sql = column('');
  if (type === 'moment') return momentText(sql);
  return type === 'uuid' ? `${sql}::text` : sql;
}

export const momentText = (moment: string): string => `to_char(${moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

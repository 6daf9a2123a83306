import type { FilterableDocument } from './filterable-document.js';

type ColumnType = 'text' | 'uuid' | 'number' | 'moment';

/** A field that every document has without anybody writing it into its metadata. */
export interface BuiltIn {
  readonly type: ColumnType;
  read(document: FilterableDocument): string | number | Date | null;
  /** SQL for the value in the row that `row` names. */
  column(row: string): string;
}

function column(type: ColumnType, name: string, read: BuiltIn['read']): BuiltIn {
  return { type, read, column: (row) => `${row}.${name}` };
}

// ASCII only: what lower case is beyond it, JavaScript and Postgres do not agree on.
const EXTENSION = '[^/][.]([A-Za-z0-9_+-]+)$';

const fileType: BuiltIn = {
  type: 'text',
  read: (document) => new RegExp(EXTENSION).exec(document.fileName ?? '')?.[1]?.toLowerCase() ?? null,
  column: (row) => `lower(substring(${row}.file_name from '${EXTENSION}') COLLATE "C")`,
};

/** Without its parameters, which say how the text is written and not what it is. */
const mimeType: BuiltIn = {
  type: 'text',
  read: (document) =>
    document.mimeType
      ?.replace(/;.*/s, '')
      .replace(/^[ \t]+|[ \t]+$/g, '')
      .replace(/[A-Z]/g, (letter) => letter.toLowerCase()) ?? null,
  column: (row) => `lower(btrim(split_part(${row}.mime_type, ';', 1), E' \\t') COLLATE "C")`,
};

function factOf(facts: FilterableDocument['facts'], name: string): string | null {
  const value = facts?.[name];
  return typeof value === 'string' ? value : null;
}

/** As it is shown: what the sender calls it, or else the file itself. */
const title: BuiltIn = {
  type: 'text',
  read: (document) => document.title ?? factOf(document.facts, 'title'),
  column: (row) => `coalesce(${row}.title, ${row}.facts->>'title')`,
};

/** As the file says. */
const author: BuiltIn = {
  type: 'text',
  read: ({ facts }) => factOf(facts, 'author'),
  column: (row) => `(${row}.facts->>'author')`,
};

export const BUILT_IN_FIELDS = {
  document_id: column('uuid', 'id', (document) => document.id),
  collection_id: column('uuid', 'collection_id', (document) => document.collectionId),
  source_id: column('uuid', 'source_id', (document) => document.sourceId),
  external_id: column('text', 'external_id', (document) => document.externalId),
  file_name: column('text', 'file_name', (document) => document.fileName),
  file_path: column('text', 'file_path', (document) => document.filePath),
  file_type: fileType,
  title,
  author,
  mime_type: mimeType,
  size_bytes: column('number', 'size_bytes', (document) => document.sizeBytes),
  created_at: column('moment', 'created_at', (document) => document.createdAt),
  updated_at: column('moment', 'updated_at', (document) => document.updatedAt),
  indexed_at: column('moment', 'indexed_at', (document) => document.indexedAt),
} as const satisfies Record<string, BuiltIn>;

export type BuiltInField = keyof typeof BUILT_IN_FIELDS;

export function isBuiltInField(name: string | undefined): name is BuiltInField {
  return name !== undefined && Object.hasOwn(BUILT_IN_FIELDS, name);
}

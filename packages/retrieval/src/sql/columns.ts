/** What can be said of a row beside its metadata, by the names of statements. */
export const COLUMNS = {
  id: { type: 'text', isUuid: true },
  chunk_id: { type: 'text', isUuid: true },
  external_id: { type: 'text', isUuid: false },
  document_id: { type: 'text', isUuid: true },
  title: { type: 'text', isUuid: false },
  file_name: { type: 'text', isUuid: false },
  file_path: { type: 'text', isUuid: false },
  mime_type: { type: 'text', isUuid: false },
  collection: { type: 'text', isUuid: false },
  chunk_index: { type: 'number', isUuid: false },
  created_at: { type: 'time', isUuid: false },
  updated_at: { type: 'time', isUuid: false },
  document: { type: 'text', isUuid: false },
} as const satisfies Record<string, { type: 'text' | 'number' | 'time'; isUuid: boolean }>;

/** A column of a row as it is kept. */
export type StoredColumn = keyof typeof COLUMNS;

/** What a search finds out of a row, and what is too large to be filtered by. */
export const FOUND_COLUMNS = { distance: 'number', score: 'number', embedding: 'vector', query_index: 'number' } as const;
export type FoundColumn = keyof typeof FOUND_COLUMNS;

export const COLUMN_NAMES: readonly string[] = [...Object.keys(COLUMNS), 'metadata', ...Object.keys(FOUND_COLUMNS)];

/** What a filter asks about: a column, or what stands under some keys of the metadata, from the outside in. */
export type Field = { readonly kind: 'column'; readonly name: StoredColumn } | { readonly kind: 'metadata'; readonly keys: readonly string[] };

export function isStoredColumn(name: string): name is StoredColumn {
  return Object.hasOwn(COLUMNS, name);
}

export function isFoundColumn(name: string): name is FoundColumn {
  return Object.hasOwn(FOUND_COLUMNS, name);
}

const WORD = /^[\p{L}_][\p{L}\p{M}\p{Nd}_]*$/u;

/** Whether a name is read as it is without quotes: a word is brought to NFC. */
export const isPlain = (name: string): boolean => WORD.test(name) && name === name.normalize('NFC');

/** As answers name it: `metadata."unit price".net`. */
export function nameOfField(field: Field): string {
  if (field.kind === 'column') return field.name;
  return ['metadata', ...field.keys.map((key) => (isPlain(key) ? key : `"${key}"`))].join('.');
}

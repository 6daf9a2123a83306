import { flawOfText } from '../shell/validation/text-flaw.js';
import { BUILT_IN_FIELDS, type BuiltInField, isBuiltInField } from './built-in-fields.js';
import { EXTRACTED_FIELDS, isExtractedField } from './extracted-fields.js';
import { FILTER_LIMITS } from './filter-limits.js';
import type { FilterReader } from './filter-reader.js';

/**
 * What a key of a filter names: keys of metadata from the outside in, a built-in field, keys of what was extracted from the text, or a name that may be
 * metadata or one of these. The metadata of a document that has the name then counts, else what the document has of its own.
 */
export type DocumentField =
  | { readonly kind: 'metadata'; readonly keys: readonly string[] }
  | { readonly kind: 'built_in'; readonly name: BuiltInField }
  | { readonly kind: 'either'; readonly name: BuiltInField }
  | { readonly kind: 'extracted'; readonly keys: readonly string[] }
  | { readonly kind: 'metadata_or_extracted'; readonly keys: readonly string[] };

const DOCUMENT = '$document.';
const METADATA = '$metadata.';

/** True for a key that names a field, false for what can only be an operator. */
export function namesField(key: string): boolean {
  return !key.startsWith('$') || key.startsWith(DOCUMENT) || key.startsWith(METADATA);
}

/** Reads a key such as `year`, `author.name`, `v1\.2`, `entities.codes`, `$document.title` or `$metadata.title`. */
export function readField(key: string, at: FilterReader): DocumentField {
  checkText(key, at);
  if (key.startsWith(DOCUMENT)) return readOwn(key.slice(DOCUMENT.length), at);
  if (key.startsWith(METADATA)) return { kind: 'metadata', keys: readKeys(key.slice(METADATA.length), at) };
  if (isBuiltInField(key)) return { kind: 'either', name: key };
  const keys = readKeys(key, at);
  return { kind: isExtractedField(keys[0]) ? 'metadata_or_extracted' : 'metadata', keys };
}

/** Refuses a text that is too long to be read, or cannot be kept. */
export function checkText(key: string, at: Refusing): void {
  if (key.length > FILTER_LIMITS.keyLength) at.refuse(`is longer than a key of a filter can be: ${FILTER_LIMITS.keyLength} characters`);
  const flaw = flawOfText(key);
  if (flaw !== undefined) at.refuse(flaw);
}

function readOwn(name: string, at: FilterReader): DocumentField {
  if (isBuiltInField(name)) return { kind: 'built_in', name };
  const keys = readKeys(name, at);
  if (isExtractedField(keys[0])) return { kind: 'extracted', keys };
  return at.refuse(`is no field of documents; those are ${[...Object.keys(BUILT_IN_FIELDS), ...EXTRACTED_FIELDS].join(', ')}`);
}

/** Whoever reads names, and says why he takes one not. */
type Refusing = Pick<FilterReader, 'refuse'>;

/** Keys of metadata from the outside in, as a text such as `author.name` or `v1\.2` says them. */
export function readKeys(path: string, at: Refusing): string[] {
  const keys = splitAtDots(path, at);
  checkKeys(keys, at);
  return keys;
}

/** Refuses what cannot be keys of metadata from the outside in. */
export function checkKeys(keys: readonly string[], at: Refusing): void {
  if (keys.length > FILTER_LIMITS.pathKeys) at.refuse(`leads through more than ${FILTER_LIMITS.pathKeys} keys; \\. is a dot that belongs to a key`);
  if (keys.includes('')) at.refuse('has a key without a name; \\. is a dot that belongs to a key');
  // Own keys alone are looked at, so it would do no harm; but no honest metadata has it.
  if (keys.includes('__proto__')) at.refuse('is no name that metadata can have');
}

function splitAtDots(path: string, at: Refusing): string[] {
  const keys = [''];
  for (const [piece] of path.matchAll(/\\[.$\\]|./gs)) {
    if (piece === '\\') at.refuse('has a backslash that is not followed by a dot, a $ or a backslash; \\\\ is a backslash');
    if (piece === '.') keys.push('');
    else keys[keys.length - 1] += piece.length === 2 ? piece.slice(1) : piece;
  }
  return keys;
}

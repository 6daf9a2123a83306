import { type FoundEntity, matchesOf } from './entity-finder.js';

// Letters that would make it a part of a longer name. Between those of scripts without spaces a code may stand.
const WORD = String.raw`A-Za-z\u00c0-\u024f\p{N}_`;
// Not in an address, a path or a longer name.
const NOT_BEFORE = String.raw`(?<![${WORD}@/\\.=-])`;
const NOT_BEHIND = String.raw`(?![${WORD}@\\]|[-/.][${WORD}]|-\p{N})`;
const HEX = '[0-9a-fA-F]';
const FORMS = [
  `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`, // a UUID
  '[A-Z][A-Z0-9]{1,9}(?:[-_][A-Z0-9]{1,12}){1,5}', // ERR-4711, CVE-2024-1234
  '[A-Z]{2,10}[0-9]{3,10}', // ORA00600
];
const CODES = new RegExp(`${NOT_BEFORE}(?:${FORMS.join('|')})${NOT_BEHIND}`, 'gu');
const UUID = new RegExp(`^${FORMS[0]}$`);

/** Names that people give to errors, tickets, norms and parts: capitals with digits. UUIDs are in lower case. */
export function* findCodes(text: string): Generator<FoundEntity> {
  yield* matchesOf(text, CODES, ([code]) => {
    if (UUID.test(code)) return code.toLowerCase();
    return /\d/.test(code) ? code : undefined;
  });
}

import { CHARACTER_TABLE } from './character-table.js';

const UNKNOWN = 0;
const LETTER = 2;
const MARK = 3;
const UNSPACED = 4;
const DIGIT = 16;
const KINDS: Record<string, number> = { U: UNKNOWN, O: 1, W: LETTER, M: MARK, D: DIGIT };

// Scripts that are written without spaces between words, and Hangul, whose particles are written onto the word.
const UNSPACED_BLOCKS: [number, number][] = [
  [0xe00, 0xeff], // Thai, Lao
  [0x1000, 0x109f], // Myanmar
  [0x1100, 0x11ff], // Hangul Jamo
  [0x1780, 0x17ff], // Khmer
  [0x1950, 0x19df], // Tai Le, New Tai Lue
  [0x1a20, 0x1aaf], // Tai Tham
  [0x2e80, 0x2fdf], // Han radicals
  [0x3005, 0x31ff], // Han marks, Hiragana, Katakana, Bopomofo, Hangul Jamo
  [0x3400, 0x4dbf], // Han
  [0x4e00, 0x9fff],
  [0xa960, 0xa97f], // Hangul Jamo
  [0xa9e0, 0xa9ff], // Myanmar
  [0xaa60, 0xaa7f],
  [0xac00, 0xd7ff], // Hangul
  [0xf900, 0xfaff], // Han
  [0x1aff0, 0x1b16f], // Kana
  [0x20000, 0x3ffff], // Han
];

let table: Uint8Array | undefined;

function readTable(): Uint8Array {
  const kinds = new Uint8Array(0x110000);
  let at = 0;
  for (const [, length = '', kind = ''] of CHARACTER_TABLE.matchAll(/([0-9a-z]+)([A-Z])/g)) {
    const end = at + Number.parseInt(length, 36);
    kinds.fill(KINDS[kind] ?? UNKNOWN, at, end);
    if (kind === 'D') for (let digit = at; digit < end; digit++) kinds[digit] = DIGIT + ((digit - at) % 10);
    at = end;
  }
  for (const [first, last] of UNSPACED_BLOCKS) {
    for (let letter = first; letter <= last; letter++) if (kinds[letter] === LETTER) kinds[letter] = UNSPACED;
  }
  return kinds;
}

function kindOf(codePoint: number): number {
  table ??= readTable();
  return table[codePoint] as number;
}

/** False for what Unicode 15 has not assigned, private characters and halves of surrogate pairs. */
export const isKnown = (codePoint: number) => kindOf(codePoint) !== UNKNOWN;
export const isMark = (codePoint: number) => kindOf(codePoint) === MARK;
export const isDigit = (codePoint: number) => kindOf(codePoint) >= DIGIT;
/** A letter of a script whose words cannot be told apart by spaces. */
export const isUnspaced = (codePoint: number) => kindOf(codePoint) === UNSPACED;
/** A letter, number or decimal digit of a script with spaces. */
export const startsWord = (codePoint: number) => kindOf(codePoint) === LETTER || isDigit(codePoint);
export const continuesWord = (codePoint: number) => startsWord(codePoint) || isMark(codePoint);
/** 0 to 9 for a decimal digit of any script. */
export const digitValue = (codePoint: number) => kindOf(codePoint) - DIGIT;

/** How many UTF-16 units the code point takes. */
export const sizeOf = (codePoint: number) => (codePoint > 0xffff ? 2 : 1);

import { digitValue, isDigit } from './characters.js';

const ASCII = /^[\0-\x7f]*$/;
// Only where people leave marks out when they search: not for Cyrillic й, nor for the marks that spell vowels in India.
const LATIN_AND_GREEK_MARKS = /([a-z\u00df-\u02af\u0370-\u03ff])[\u0300-\u036f]+/g;
const CYRILLIC_YO = /\u0435\u0308/g;
const ARABIC_AND_HEBREW_MARKS = /[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]/g;
const OTHERS: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i', ς: 'σ', ى: 'ي', ة: 'ه' };
const OTHER = new RegExp(`[${Object.keys(OTHERS).join('')}]`, 'g');
const OTHER_DIGITS = /[^\0-\x7f]/gu;

function foldDigit(character: string): string {
  const codePoint = character.codePointAt(0) as number;
  return isDigit(codePoint) ? String(digitValue(codePoint)) : character;
}

/** Lower case as people of the language write it: in Turkish I is the capital of ı. */
export function lowerCase(word: string, language?: string): string {
  const prepared = language === 'tr' ? word.replaceAll('I', 'ı').replaceAll('İ', 'i') : word;
  return prepared.toLowerCase();
}

/** A word in lower case as it is compared: without accents, with ASCII digits. May be empty. */
export function fold(lower: string): string {
  if (ASCII.test(lower)) return lower;
  return lower
    .normalize('NFD')
    .replace(LATIN_AND_GREEK_MARKS, '$1')
    .replace(CYRILLIC_YO, '\u0435')
    .replace(ARABIC_AND_HEBREW_MARKS, '')
    .replace(OTHER, (character) => OTHERS[character] as string)
    .replace(OTHER_DIGITS, foldDigit)
    .normalize('NFC');
}

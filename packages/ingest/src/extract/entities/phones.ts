import { type FoundEntity, matchesOf } from './entity-finder.js';

const INTERNATIONAL = /(?<![\p{L}\p{N}+])\+\d{1,15}(?:[ \u00a0\-./()]{1,3}\d{1,14}){0,7}(?![\p{L}\p{N}])/gu;
// Without a country only where it is said that it is one: any number could be.
const NAMED =
  /(?<![\p{L}\p{N}])(?:tel|phone|telefon|telephone|téléphone|teléfono|telefono|fax|mobile|mobil|电话|電話|전화)[.:]{0,2}[ \u00a0]{0,2}(\(?\d{1,6}(?:[ \u00a0\-./()]{1,3}\d{1,8}){1,6}|\d{6,12})(?![\p{L}\p{N}])/giu;
const [FEWEST, MOST] = [7, 15];

/** Telephone numbers: those with a country as `+4930123456`, others as digits where the text says that they are one. */
export function* findPhones(text: string): Generator<FoundEntity> {
  yield* matchesOf(text, INTERNATIONAL, ([number]) => digitsOf(number.replace('(0)', ''), '+'));
  yield* matchesOf(text, NAMED, ([, number = '']) => digitsOf(number, ''));
}

function digitsOf(number: string, prefix: string): string | undefined {
  const digits = number.replace(/\D/g, '');
  return digits.length < FEWEST || digits.length > MOST ? undefined : `${prefix}${digits}`;
}

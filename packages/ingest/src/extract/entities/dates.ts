import { type FoundEntity, matchesOf } from './entity-finder.js';

/** Whose names of months are known. */
const LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'da', 'sv', 'no', 'fi', 'ru', 'tr'];

interface Form {
  pattern: RegExp;
  dateOf(match: RegExpMatchArray): string | undefined;
}

const NOT_BEFORE = String.raw`(?<![\p{L}\p{N}_]|[\p{N}][-./:])`;
const NOT_BEHIND = String.raw`(?![\p{L}\p{N}_]|[-./:]\p{N})`;
const formOf = (pattern: string, dateOf: Form['dateOf']): Form => ({ pattern: new RegExp(`${NOT_BEFORE}(?:${pattern})${NOT_BEHIND}`, 'gu'), dateOf });
const SPACE = String.raw`[ \u00a0]{1,3}`;
const YEAR = String.raw`([12]\d{3})`;

const FORMS: readonly Form[] = [
  // Also as it begins a time: 2024-03-12T10:00:00Z.
  { pattern: new RegExp(`${NOT_BEFORE}([12]\\d{3})([-/.])(\\d{1,2})\\2(\\d{1,2})(?![\\p{N}_]|[-./]\\p{N})`, 'gu'), dateOf: ([, y, , m, d]) => dayOf(y, m, d) },
  formOf(String.raw`(\d{1,2})\.[ \u00a0]?(\d{1,2})\.[ \u00a0]?${YEAR}`, ([, d, m, y]) => dayOf(y, m, d)),
  formOf(String.raw`(\d{1,2})([/-])(\d{1,2})\2${YEAR}`, ([, one, , other, y]) => unambiguous(y, one, other)),
  formOf(String.raw`(\d{1,2})(?:st|nd|rd|th|er|º)?\.?${SPACE}(?:(?:of|de)${SPACE})?(\p{L}{3,12})\.?,?${SPACE}(?:(?:de)${SPACE})?${YEAR}`, ([, d, m, y]) =>
    dayOf(y, monthOf(m), d),
  ),
  formOf(String.raw`(\p{L}{3,12})\.?${SPACE}(\d{1,2})(?:st|nd|rd|th)?,?${SPACE}${YEAR}`, ([, m, d, y]) => dayOf(y, monthOf(m), d)),
  { pattern: /(?<!\p{N})([12]\d{3})[年년]\s?(\d{1,2})[月월]\s?(\d{1,2})[日일]/gu, dateOf: ([, y, m, d]) => dayOf(y, m, d) },
];

/** Days, as `2024-03-12`. Of those written with slashes only such as can be read in one way. */
export function* findDates(text: string): Generator<FoundEntity> {
  for (const { pattern, dateOf } of FORMS) yield* matchesOf(text, pattern, dateOf);
}

/** Nothing for a day that the calendar does not have. */
function dayOf(year: string | undefined, month: string | number | undefined, day: string | undefined): string | undefined {
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number.isNaN(date.getTime()) || date.getUTCMonth() !== Number(month) - 1) return undefined;
  return date.toISOString().slice(0, 10);
}

/** 13/02/2024 is the 13th of February wherever it was written; 03/02/2024 is not the same day everywhere. */
function unambiguous(year: string | undefined, one: string | undefined, other: string | undefined): string | undefined {
  if (one === other || Number(one) > 12) return dayOf(year, other, one);
  return Number(other) > 12 ? dayOf(year, one, other) : undefined;
}

let months: ReadonlyMap<string, number> | undefined;

function monthOf(name: string | undefined): number | undefined {
  months ??= namesOfMonths();
  return months.get(name?.toLowerCase() ?? '');
}

function namesOfMonths(): Map<string, number> {
  const names = new Map<string, number>();
  for (const language of LANGUAGES)
    for (const form of ['long', 'short'] as const) {
      // With a day beside it a month stands in the case that dates are written in.
      const format = new Intl.DateTimeFormat(language, { day: 'numeric', month: form, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month++) for (const name of namesIn(format, month)) if (!names.has(name)) names.set(name, month);
    }
  return names;
}

function namesIn(format: Intl.DateTimeFormat, month: number): string[] {
  const parts = format.formatToParts(Date.UTC(2024, month - 1, 1)).filter(({ type }) => type === 'month');
  return parts.map(({ value }) => value.toLowerCase().replace(/\.$/, '')).filter((name) => /^\p{L}{3,12}$/u.test(name));
}

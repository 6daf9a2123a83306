import { LANGUAGES } from './language.js';
import { type TermCounts, TermStatistics } from './term-statistics.js';

const FORMAT = 1;
const HIGHEST_INDEX = 0xffff_ffff;

/** Numbers of 7 bits a byte, the lowest first. */
function varintsOf(numbers: number[]): Uint8Array {
  const bytes: number[] = [];
  for (let number of numbers) {
    for (; number >= 0x80; number = Math.floor(number / 0x80)) bytes.push((number % 0x80) + 0x80);
    bytes.push(number);
  }
  return Uint8Array.from(bytes);
}

function refuse(): never {
  throw new RangeError('These bytes are no term statistics, or they are damaged. Count the documents again.');
}

function* readVarints(bytes: Uint8Array): Generator<number, never> {
  let number = 0;
  let place = 1;
  for (const byte of bytes) {
    number += (byte % 0x80) * place;
    if (Math.max(number, place) > Number.MAX_SAFE_INTEGER) refuse();
    place *= 0x80;
    if (byte >= 0x80) continue;
    yield number;
    number = 0;
    place = 1;
  }
  return refuse();
}

/** Two to five bytes a term: indices as the distance from the one before. Equal statistics have equal bytes. */
export function statisticsToBytes(statistics: TermStatistics): Uint8Array {
  const { documents, totalLength, languages, frequencies } = statistics.counts();
  const numbers = [FORMAT, documents, totalLength, LANGUAGES.length];
  const byLanguage = new Map(languages);
  for (const language of LANGUAGES) numbers.push(byLanguage.get(language) ?? 0);
  numbers.push(frequencies.length);
  let last = 0;
  for (const [index, containing] of frequencies) {
    numbers.push(index - last, containing);
    last = index;
  }
  return varintsOf(numbers);
}

function readCounts(next: () => number): TermCounts {
  const format = next();
  const counts: TermCounts = { documents: next(), totalLength: next(), languages: [], frequencies: [] };
  if (format !== FORMAT || next() !== LANGUAGES.length) refuse();
  for (const language of LANGUAGES) {
    const documents = next();
    if (documents > 0) counts.languages.push([language, documents]);
  }
  let index = 0;
  for (let left = next(); left > 0; left--) {
    const distance = next();
    const documents = next();
    index += distance;
    const isFirst = counts.frequencies.length === 0;
    if (index > HIGHEST_INDEX || documents === 0 || documents > counts.documents || (distance === 0 && !isFirst)) refuse();
    counts.frequencies.push([index, documents]);
  }
  return counts;
}

/** A RangeError for bytes that `statisticsToBytes` did not make. */
export function statisticsFromBytes(bytes: Uint8Array): TermStatistics {
  const numbers = readVarints(bytes);
  const counts = readCounts(() => numbers.next().value);
  const statistics = new TermStatistics(counts);
  if (statisticsToBytes(statistics).length !== bytes.length) refuse();
  return statistics;
}

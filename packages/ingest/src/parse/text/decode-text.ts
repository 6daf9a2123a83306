import chardet from 'chardet';
import iconv from 'iconv-lite';
import { everydayShare, surelyEastAsian } from './east-asian.js';
import { readsAsWords } from './reads-as-words.js';

export interface DecodedText {
  text: string;
  encoding: string;
}

const MARKS: [encoding: string, mark: number[]][] = [
  // UTF-32 before UTF-16: its mark begins like that one.
  ['UTF-32LE', [0xff, 0xfe, 0, 0]],
  ['UTF-32BE', [0, 0, 0xfe, 0xff]],
  ['UTF-8', [0xef, 0xbb, 0xbf]],
  ['UTF-16LE', [0xff, 0xfe]],
  ['UTF-16BE', [0xfe, 0xff]],
];
/** As browsers read them: what says it is Latin-1 is nearly always its superset, with quotation marks and the euro. */
const SUPERSETS: Record<string, string> = { 'ISO-8859-1': 'windows-1252', 'ISO-8859-9': 'windows-1254', 'US-ASCII': 'windows-1252', ASCII: 'windows-1252' };
/** Detection looks at this much around the first byte that is not ASCII: all of 10 MB would take six seconds. */
const SAMPLE_BYTES = 64 * 1024;
/** In UTF-8. */
const LONGEST_CHARACTER = 4;
const COMMON = 'windows-1252';
const ISO_2022_JP = 'iso-2022-jp';
/** Of Central Europe: words of it read in the common one have signs inside. */
const CENTRAL = ['ISO-8859-2', 'windows-1250'];
const WIDE = ['UTF-16LE', 'UTF-16BE'];
/** What iconv-lite reads, too, and what no text is written in. */
const NO_ENCODINGS = new Set(['hex', 'base64', 'binary', 'ucs2', 'internal']);
/** Not from a guess: what is UTF-8, UTF-16 or UTF-32 was found out before. */
const UNICODE = /^UTF-/;
/** Fewer bytes than these that are not ASCII are not guessed at by their frequencies. */
const FEW_BYTES = 8;
/** Letters of which nothing can be said. */
const SHORT = 2;
const MANY_CONTROLS = 0.2;
/** Tabs, line ends, form feeds, and the escape that colours logs. */
const WHITE = new Set([0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b]);
const MOST_PLAIN = 0.6;

/** The text of bytes whose encoding is not known, or only claimed. UTF-8 wins where it is valid: hardly anything else ever is. */
export function decodeText(bytes: Uint8Array, claimed?: string): DecodedText {
  const encoding = encodingOf(bytes, claimed);
  return { text: decoded(bytes, encoding).replaceAll('\r\n', '\n').replaceAll('\r', '\n'), encoding };
}

export function encodingOf(bytes: Uint8Array, claimed?: string): string {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked !== undefined) return marked[0];
  const odd = firstInvalid(bytes);
  const wide = odd === undefined && isSparse(bytes) ? undefined : unmarkedWide(bytes);
  if (wide !== undefined) return wide;
  if (odd === undefined) return isEscaped(bytes) ? ISO_2022_JP : 'UTF-8';
  const known = claimed?.toLowerCase() ?? '';
  if (isEncoding(known) && !/^utf-?8$/.test(known)) return SUPERSETS[known.toUpperCase()] ?? known;
  return guessed(bytes, odd);
}

function isEncoding(name: string): boolean {
  const letters = name.replace(/:\d{4}$|[^0-9a-z]/g, ''); // as iconv-lite compares them
  return name === ISO_2022_JP || (letters !== '' && !NO_ENCODINGS.has(letters) && iconv.encodingExists(name));
}

function decoded(bytes: Uint8Array, encoding: string): string {
  if (encoding === ISO_2022_JP) return new TextDecoder(ISO_2022_JP).decode(bytes);
  return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), encoding, { stripBOM: true });
}

/** A file in one byte for each letter may hold a stray zero; in two bytes for each, alphabets are half zeros and other control characters. */
function isSparse(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  return sample.reduce((controls, byte) => (byte < 0x20 && !WHITE.has(byte) ? controls + 1 : controls), 0) < sample.length * MANY_CONTROLS;
}

/** Plain bytes that say themselves where Japanese begins. */
function isEscaped(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES)).toString('latin1');
  return (head.includes('\u001b$B') || head.includes('\u001b$@')) && bytes.every((byte) => byte < 0x80);
}

/** The likeliest encoding in which the bytes read as words. A few bytes say too little to tell the languages of Europe apart: they are read as most are. */
function guessed(bytes: Uint8Array, odd: number): string {
  // Little before it: words in plain letters say English of every text.
  const start = Math.max(0, odd - 16);
  const sample = bytes.subarray(start, start + SAMPLE_BYTES);
  if (isBrokenUtf8(sample)) return 'UTF-8';
  const reads = (encoding: string) => readsAsWords(decoded(sample, encoding));
  const few = sample.reduce((high, byte) => (byte >= 0x80 ? high + 1 : high), 0) < FEW_BYTES;
  if (few && reads(COMMON) && isMostlyPlain(sample)) return COMMON;
  const certain = surelyEastAsian(sample.subarray(odd - start));
  if (certain !== undefined) return certain;
  const guesses = chardet.analyse(sample).flatMap(({ name }) => (UNICODE.test(name) ? [] : [SUPERSETS[name] ?? name]));
  const known = [
    ...inChineseOrder(
      sample.subarray(odd - start),
      guesses.filter((name) => iconv.encodingExists(name)),
    ),
    COMMON,
    ...CENTRAL,
  ];
  return known.find(reads) ?? WIDE.find((encoding) => bytes.length % 2 === 0 && readsAsWide(bytes.subarray(0, SAMPLE_BYTES), encoding)) ?? (known[0] as string);
}

/** Of the two encodings of Chinese, which nearly all bytes are valid in, first the one that makes more usual characters of them. */
function inChineseOrder(sample: Uint8Array, names: string[]): string[] {
  const isBig5First = everydayShare(sample, 'Big5') > everydayShare(sample, 'GB18030');
  const chinese = (isBig5First ? ['Big5', 'GB18030'] : ['GB18030', 'Big5']).filter((name) => names.includes(name));
  const ordered = chinese.values();
  return names.map((name) => (chinese.includes(name) ? (ordered.next().value as string) : name));
}

/** Two plain letters read as one of Chinese: in what is written in two bytes for each, hardly half of them look like plain letters. */
function readsAsWide(sample: Uint8Array, encoding: string): boolean {
  const plain = sample.reduce((count, byte) => (byte === 0x20 || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) ? count + 1 : count), 0);
  return plain < sample.length * MOST_PLAIN && readsAsWords(decoded(sample, encoding));
}

/** Words that have strange letters have more plain ones. */
function isMostlyPlain(sample: Uint8Array): boolean {
  const words = decoded(sample, COMMON).split(/\s+/);
  const letters = words.filter((word) => /[^\p{ASCII}]/u.test(word)).flatMap((word) => word.match(/\p{L}/gu) ?? []);
  return letters.length <= SHORT || letters.filter((letter) => letter > '\u007f').length * 2 <= letters.length;
}

/** Where the first byte stands that is not ASCII, in bytes that are not UTF-8. */
function firstInvalid(bytes: Uint8Array): number | undefined {
  const odd = bytes.findIndex((byte) => byte >= 0x80);
  if (odd === -1) return undefined;
  try {
    // A character that was cut off at the very end is not held against the others, but alone it is none.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: odd < bytes.length - LONGEST_CHARACTER });
    return undefined;
  } catch {
    return odd;
  }
}

/** A broken byte here and there is no reason to read all of it as something else: no other encoding looks like UTF-8 by accident. */
function isBrokenUtf8(sample: Uint8Array): boolean {
  let [broken, whole] = [0, 0];
  for (const character of new TextDecoder().decode(sample)) {
    if (character === '\ufffd') broken++;
    else if (character > '\u007f') whole++;
  }
  return whole > 10 * broken;
}

/** UTF-16 and UTF-32 without a mark: spaces, line ends and commas, also those of Chinese and Japanese, hold a zero or another control byte, which no other encoding does. */
function unmarkedWide(bytes: Uint8Array): string | undefined {
  const sample = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SAMPLE_BYTES) & ~3);
  if (sample.length >= 8 && isUtf32(sample, 'readUInt32LE')) return 'UTF-32LE';
  if (sample.length >= 8 && isUtf32(sample, 'readUInt32BE')) return 'UTF-32BE';
  const little = commonMarks(sample, 'readUInt16LE');
  const big = commonMarks(sample, 'readUInt16BE');
  const needed = Math.max(1, sample.length / 2 / 50);
  const [most, least, encoding] = little > big ? [little, big, 'UTF-16LE'] : [big, little, 'UTF-16BE'];
  if (isSparse(sample)) return most >= needed && most > 5 * least && readsAsWide(sample, encoding) ? encoding : undefined;
  return most >= needed && most > 5 * least ? encoding : WIDE.find((one) => readsAsWide(sample, one));
}

function isUtf32(sample: Buffer, read: 'readUInt32LE' | 'readUInt32BE'): boolean {
  for (let at = 0; at < sample.length; at += 4) {
    const point = sample[read](at);
    if (point === 0 || point > 0x10ffff) return false;
  }
  return true;
}

function commonMarks(sample: Buffer, read: 'readUInt16LE' | 'readUInt16BE'): number {
  let marks = 0;
  for (let at = 0; at + 1 < sample.length; at += 2) {
    const unit = sample[read](at);
    if ((unit >= 0x20 && unit < 0x7f) || unit === 0x0a || unit === 0x0d || (unit >= 0x3000 && unit <= 0x3002)) marks++;
  }
  return marks;
}

import chardet from 'chardet';
import iconv from 'iconv-lite';

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

/** The text of bytes whose encoding is not known, or only claimed. UTF-8 wins where it is valid: hardly anything else ever is. */
export function decodeText(bytes: Uint8Array, claimed?: string): DecodedText {
  const encoding = encodingOf(bytes, claimed);
  const text = iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), encoding, { stripBOM: true });
  return { text: text.replaceAll('\r\n', '\n').replaceAll('\r', '\n'), encoding };
}

export function encodingOf(bytes: Uint8Array, claimed?: string): string {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  if (marked !== undefined) return marked[0];
  const wide = unmarkedWide(bytes);
  if (wide !== undefined) return wide;
  const odd = firstInvalid(bytes);
  if (odd === undefined) return 'UTF-8';
  if (claimed !== undefined && iconv.encodingExists(claimed) && !/^utf-?8$/i.test(claimed)) return SUPERSETS[claimed.toUpperCase()] ?? claimed;
  return guessed(bytes, odd);
}

function guessed(bytes: Uint8Array, odd: number): string {
  // Little before it: words in plain letters say English of every text.
  const start = Math.max(0, odd - 16);
  const sample = bytes.subarray(start, start + SAMPLE_BYTES);
  if (isBrokenUtf8(sample)) return 'UTF-8';
  const guess = chardet.detect(sample) ?? 'windows-1252';
  return SUPERSETS[guess] ?? (iconv.encodingExists(guess) ? guess : 'windows-1252');
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
  if (little >= needed && little > 5 * big) return 'UTF-16LE';
  return big >= needed && big > 5 * little ? 'UTF-16BE' : undefined;
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

import iconv from 'iconv-lite';
import { readsAsWords } from './reads-as-words.js';

const KANA = /[\u3041-\u3093\u30a1-\u30f6]/g;
// Four of ten syllables of Korean texts are one of these.
const SYLLABLES = /[이다는의에가을고하지한로은기도사를어리서시인자나대아해스일있과그정들게부수보라장전제으만면구여원세요상주안니습까]/g;
const LETTERS = /[^\p{ASCII}\p{P}]/gu;
const LEAST_USUAL = 0.2;
const LEAST_LETTERS = 3;
const ENOUGH = 500;

/** What only texts of one language have in plenty: bytes that are valid in one of these encodings are often valid in the others too. */
const SIGNS: [encoding: string, usual: RegExp][] = [
  ['Shift_JIS', KANA],
  ['EUC-JP', KANA],
  ['EUC-KR', SYLLABLES],
];
/** By their first bytes: where each keeps the characters that are written every day. */
const EVERYDAY = { GB18030: { from: 0xb0, to: 0xd7 }, Big5: { from: 0xa4, to: 0xc6 } };

/** The encoding of a text that is Japanese or Korean beyond doubt; undefined for any other. */
export function surelyEastAsian(sample: Uint8Array): string | undefined {
  for (const [encoding, usual] of SIGNS) {
    const text = beginning(sample, encoding);
    const letters = text.match(LETTERS)?.length ?? 0;
    if (letters >= LEAST_LETTERS && (text.match(usual)?.length ?? 0) > letters * LEAST_USUAL && readsAsWords(text)) return encoding;
  }
  return undefined;
}

/** How much of a text in Chinese is written with the characters of every day. */
export function everydayShare(sample: Uint8Array, encoding: keyof typeof EVERYDAY): number {
  const { from, to } = EVERYDAY[encoding];
  const characters = beginning(sample, encoding).match(LETTERS) ?? [];
  const everyday = characters.filter((character) => {
    const [lead = 0] = iconv.encode(character, encoding);
    return lead >= from && lead <= to;
  });
  return everyday.length / Math.max(1, characters.length);
}

/** Without what may have been cut off in the middle of a character. */
function beginning(sample: Uint8Array, encoding: string): string {
  const text = iconv.decode(Buffer.from(sample.buffer, sample.byteOffset, Math.min(sample.length, 2 * ENOUGH)), encoding);
  return sample.length > 2 * ENOUGH ? text.slice(0, -2) : text;
}

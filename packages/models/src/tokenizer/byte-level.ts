const isPrintable = (byte: number) => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** One visible character for each of the 256 bytes: the printable ones stand for themselves, the others follow U+00FF in order. */
function makeAlphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 0x100 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

const ALPHABET = makeAlphabet();
const PLAIN = /^[!-~]*$/;

/** The word's UTF-8 bytes, spelt in that alphabet. */
export function spellBytes(word: string): string {
  if (PLAIN.test(word)) return word;
  let spelt = '';
  for (const byte of Buffer.from(word, 'utf8')) spelt += ALPHABET[byte];
  return spelt;
}

// SentencePiece's table of replacements: the length of a double-array trie, the trie of UTF-8 keys, then the replacements, each ended by NUL.
const LEAF = 1 << 8;
const WIDE_OFFSET = 1 << 9;
const LABEL = 0x8000_00ff;
const VALUE = 0x7fff_ffff;

const offsetOf = (unit: number) => (unit >>> 10) << ((unit & WIDE_OFFSET) >>> 6);

// A letter with the marks that belong to it is looked up as one, but only when it is no longer than this.
const LONGEST_CLUSTER_BYTES = 5;
const REMEMBERED_CLUSTERS = 65_536;
const MARK = String.raw`[\p{Grapheme_Extend}\p{Mc}\p{Emoji_Modifier}\u200d\u0e33\u0eb3]`;
const LEADING_MARK = String.raw`[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e]`;
const LETTER = String.raw`(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|${MARK})`;
const CLUSTER = String.raw`\r\n|${LEADING_MARK}*${LETTER}${MARK}*|[^]`;
const PRINTABLE = '[ -~]';

/** The replacements of a SentencePiece model, as Hugging Face's library applies them. */
export class Charsmap {
  private readonly trie: Uint32Array;
  private readonly replacements: Buffer;
  private readonly clusters: RegExp;
  private remembered = new Map<string, string>();

  constructor(base64: string) {
    const bytes = Buffer.from(base64, 'base64');
    const trieBytes = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
    if (trieBytes === 0 || trieBytes + 4 > bytes.length) throw new Error('tokenizer.json: precompiled_charsmap cannot be read');
    this.trie = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
    this.replacements = bytes.subarray(4 + trieBytes);
    // Most text is letters that stay as they are, and need not be looked at one by one.
    const passed = this.keepsPrintable() ? `(?!${PRINTABLE}(?!${MARK}))` : '';
    this.clusters = new RegExp(`${passed}(?:${CLUSTER})`, 'gu');
  }

  normalise(text: string): string {
    return text.replace(this.clusters, (cluster) => this.replacementOf(cluster));
  }

  private keepsPrintable(): boolean {
    for (let code = 0x20; code <= 0x7e; code++) if (this.find(String.fromCharCode(code)) !== undefined) return false;
    return true;
  }

  private replacementOf(cluster: string): string {
    const known = this.remembered.get(cluster);
    if (known !== undefined) return known;
    const replacement = this.replace(cluster);
    if (cluster.length > LONGEST_CLUSTER_BYTES) return replacement;
    if (this.remembered.size >= REMEMBERED_CLUSTERS) this.remembered = new Map();
    this.remembered.set(cluster, replacement);
    return replacement;
  }

  private replace(cluster: string): string {
    const whole = Buffer.byteLength(cluster) <= LONGEST_CLUSTER_BYTES ? this.find(cluster) : undefined;
    return whole ?? Array.from(cluster, (character) => this.find(character) ?? character).join('');
  }

  /** What the shortest key that the text begins with is replaced by. */
  private find(text: string): string | undefined {
    let at = offsetOf(this.trie[0] as number);
    for (const byte of Buffer.from(text)) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = this.trie[at] ?? 0;
      if ((unit & LABEL) >>> 0 !== byte) return undefined;
      at ^= offsetOf(unit);
      if ((unit & LEAF) !== 0) return this.replacementAt((this.trie[at] as number) & VALUE);
    }
    return undefined;
  }

  private replacementAt(start: number): string {
    return this.replacements.toString('utf8', start, this.replacements.indexOf(0, start));
  }
}

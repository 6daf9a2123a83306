import { type Span, SqlError } from './errors.js';
import { SQL_LIMITS } from './limits.js';

export type Token = { readonly span: Span } & (
  | { readonly kind: 'word'; readonly text: string; readonly keyword: string | undefined }
  /** `"…"`, which is a name or a string by where it stands. */
  | { readonly kind: 'quoted'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number | bigint; readonly isWhole: boolean }
  | { readonly kind: 'param'; readonly name: number | string }
  | { readonly kind: 'symbol'; readonly text: string }
  | { readonly kind: 'end' }
);

const SPACE = /[\s\u0085]+/uy;
const COMMENT = /--[^\n\r]*|\/\*[\s\S]*?\*\//y;
const WORD = /[\p{L}_][\p{L}\p{M}\p{Nd}_]*/uy;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const AFTER_NUMBER = /[\p{L}\p{M}\p{Nd}_]+|\.\d*/uy;
const WHOLE = /^[+-]?\d+$/;
const ASCII_WORD = /^[A-Za-z_]+$/;
const SYMBOLS = ['<=', '>=', '<>', '!=', '(', ')', '[', ']', ',', ';', '.', '=', '<', '>', '*', '+', '-', '/', '%', '|'];
/** They are not seen, or turn the text around, so that it reads as something else than it is. */
const UNSEEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f]/u;
const TYPOGRAPHIC = /[\u2018-\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033]/u;
const ESCAPES: Record<string, string> = { '\\': '\\', "'": "'", '"': '"', n: '\n', r: '\r', t: '\t' };
const UNICODE_ESCAPE = /u(?:([0-9a-fA-F]{4})|\{([0-9a-fA-F]{1,6})\})/y;
const [LEAST_WHOLE, MOST_WHOLE] = [-(2n ** 63n), 2n ** 63n - 1n];

/** The words, names, values and symbols of a statement, and its end. */
export function tokensOf(text: string): Token[] {
  refuseTooLong(text);
  return new Lexer(text).all();
}

class Lexer {
  private readonly tokens: Token[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  all(): Token[] {
    for (this.skip(); this.at < this.text.length; this.skip()) this.tokens.push(this.next());
    this.tokens.push({ kind: 'end', span: { start: this.text.length, end: this.text.length } });
    return this.tokens;
  }

  /** White space and comments. */
  private skip(): void {
    for (;;) {
      const start = this.at;
      if (this.match(SPACE) !== undefined) continue;
      const comment = this.match(COMMENT);
      if (comment === undefined) {
        if (this.text.startsWith('/*', start))
          throw wrong('A comment begins with /* and does not end.', { start, end: start + 2 }, { hint: 'End it with */.' });
        return;
      }
      const unseen = comment.search(UNSEEN);
      if (unseen >= 0) throw this.unseen(start + unseen);
    }
  }

  private next(): Token {
    const start = this.at;
    const character = this.text[start] as string;
    if (character === "'" || character === '"') return this.quoted(start, character, true);
    if ((character === 'r' || character === 'R') && this.text[start + 1] === "'") {
      this.at++;
      return this.quoted(start, "'", false);
    }
    if (character === '$' || character === ':') return this.param(start, character);
    const word = this.match(WORD);
    if (word !== undefined) {
      const keyword = ASCII_WORD.test(word) ? word.toUpperCase() : undefined;
      return { kind: 'word', text: word.normalize('NFC'), keyword, span: this.from(start) };
    }
    return this.number(start) ?? this.symbol(start);
  }

  private param(start: number, sign: string): Token {
    this.at++;
    const name = this.match(sign === '$' ? /\d+/y : WORD);
    if (name === undefined) throw wrong(`${sign} does not begin a parameter here.`, this.from(start), { hint: 'Parameters are $1, $2 and so on, or :name.' });
    return { kind: 'param', name: sign === '$' ? Number(name) : name.normalize('NFC'), span: this.from(start) };
  }

  private number(start: number): Token | undefined {
    const isSigned = /[+-]/.test(this.text[start] as string);
    if (isSigned && this.followsAValue()) return undefined;
    const number = this.match(NUMBER);
    if (number === undefined) return undefined;
    if (this.match(AFTER_NUMBER) !== undefined)
      throw wrong('A number goes on where it should end.', this.from(start), {
        hint: 'Numbers are written as 7, 1.5, .5 or 1e3. Put a space behind one, or quotes around a text.',
      });
    const span = this.from(start);
    if (WHOLE.test(number)) {
      const whole = BigInt(number.replace('+', ''));
      if (whole < LEAST_WHOLE || whole > MOST_WHOLE)
        throw wrong('A whole number is larger than 64 bits hold.', span, { hint: 'Write it with an exponent, if it need not be exact.' });
      return { kind: 'number', value: Number.isSafeInteger(Number(whole)) ? Number(whole) : whole, isWhole: true, span };
    }
    const value = Number(number);
    if (!Number.isFinite(value)) throw wrong('A number is larger than any that can be stored.', span);
    return { kind: 'number', value, isWhole: false, span };
  }

  /** There, + and - are no signs. */
  private followsAValue(): boolean {
    const last = this.tokens.at(-1);
    if (last === undefined || last.span.end !== this.at) return false;
    return last.kind !== 'symbol' || last.text === ')' || last.text === ']';
  }

  private symbol(start: number): Token {
    const symbol = SYMBOLS.find((one) => this.text.startsWith(one, start));
    if (symbol === undefined) throw this.strange(start);
    this.at += symbol.length;
    return { kind: 'symbol', text: symbol, span: this.from(start) };
  }

  private strange(start: number): SqlError {
    const character = String.fromCodePoint(this.text.codePointAt(start) as number);
    if (UNSEEN.test(character)) return this.unseen(start);
    const span = { start, end: start + character.length };
    if (TYPOGRAPHIC.test(character)) return wrong(`${character} is no quote here.`, span, { hint: `Use straight quotes: '…' around texts, "…" around names.` });
    if (character === '`') return wrong('` is no quote here.', span, { hint: 'Use "…" around names.' });
    if (character === '?') return wrong('? is no parameter here.', span, { hint: 'Parameters are $1, $2 and so on, or :name.' });
    if (!character.isWellFormed() || character === '\0') return wrong(`The statement has a character that is none (${codePoint(character)}).`, span);
    return wrong(`${character} means nothing here.`, span);
  }

  private unseen(at: number): SqlError {
    const character = this.text[at] as string;
    return wrong(`There is a character that is not seen, ${codePoint(character)}, outside of a text.`, { start: at, end: at + 1 }, { hint: 'Take it out.' });
  }

  private quoted(start: number, quote: string, escapes: boolean): Token {
    this.at++;
    let value = '';
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined)
        throw wrong(
          `A ${quote === '"' ? 'name or text' : 'text'} begins with ${quote} and does not end.`,
          { start, end: start + 1 },
          { hint: `End it with ${quote}.` },
        );
      if (character === quote) {
        if (this.text[this.at + 1] !== quote) break;
        value += quote;
        this.at += 2;
      } else if (escapes && character === '\\') value += this.escaped();
      else {
        value += character;
        this.at++;
      }
    }
    this.at++;
    const span = this.from(start);
    if (!value.isWellFormed()) throw wrong('A text has half a character (a surrogate without the other).', span);
    if (value.includes('\0')) throw wrong('A text has the character U+0000, which cannot be stored.', span);
    return { kind: quote === '"' ? 'quoted' : 'string', text: value, span };
  }

  private escaped(): string {
    const start = this.at;
    const next = this.text[start + 1];
    this.at++;
    if (next === 'u') {
      const found = this.match(UNICODE_ESCAPE);
      const code = found === undefined ? Number.NaN : Number.parseInt(found.replace(/[u{}]/g, ''), 16);
      if (!(code <= 0x10ffff))
        throw wrong('\\u begins no character.', { start, end: start + 2 }, { hint: 'Write \\u00e9 or \\u{1F600}, or \\\\u for a backslash and a u.' });
      return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code);
    }
    const meant = next === undefined ? undefined : ESCAPES[next];
    if (meant === undefined) return '\\'; // patterns keep theirs
    this.at++;
    return meant;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found || undefined;
  }

  private from(start: number): Span {
    return { start, end: this.at };
  }
}

function refuseTooLong(text: string): void {
  if (text.length * 3 <= SQL_LIMITS.bytes || Buffer.byteLength(text, 'utf8') <= SQL_LIMITS.bytes) return;
  const fits = Buffer.from(text, 'utf8').subarray(0, SQL_LIMITS.bytes).toString('utf8').length;
  const start = Math.min(fits, text.length - 1);
  throw new SqlError(
    'E_LIMIT',
    `A statement has at most ${SQL_LIMITS.bytes / 1024} KiB, and this one has more.`,
    { start, end: text.length },
    { hint: 'Send values as parameters.' },
  );
}

const codePoint = (character: string): string => `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;

function wrong(message: string, span: Span, advice = {}): SqlError {
  return new SqlError('E_LEX', message, span, advice);
}

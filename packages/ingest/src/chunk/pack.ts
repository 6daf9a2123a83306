import { dropSpaces, endsLine, isInsidePair, isSpace, skipSpaces } from './characters.js';
import { CutCursor, type Cuts } from './cuts/cuts.js';
import { firstWordCut, lastWordCut } from './cuts/word-cut.js';
import { type Span, trimSpan } from './span.js';
import type { TokenMap } from './tokens/token-map.js';

/** One kind of places where a span may be cut. */
export interface Level {
  cuts: Cuts;
  /** Something of its own begins at such a cut, a definition perhaps: it is not mixed with the beginning of what does not fit, and nothing is repeated behind it. */
  isClean?: boolean;
}

export interface PackOptions {
  /** The strongest kind first. Where none has a cut, the span is cut between words, and inside of a word that is too long. */
  levels: readonly Level[];
  /** The most tokens of a chunk. */
  size: number;
  /** The most tokens that a chunk repeats of the one before it: as many whole parts of a level as fit, or else whole words. */
  overlap: number;
  /** Keeps the white space before the first word of a line: in code it says what belongs to what. */
  keepsIndentation?: boolean;
}

// A stronger cut is taken before a weaker one that comes later, but not so early that the chunk would be smaller than this part of its size.
const LEAST_FILL = 0.25;

// Deeper than code is; white space without end is no indentation.
const MOST_INDENTATION = 64;

interface End {
  at: number;
  isClean: boolean;
}

/** The beginning of the line that a word is the first of, if it is in reach. */
function indentedStart(text: string, low: number, first: number): number {
  let at = first;
  while (at > low && isSpace(text.charCodeAt(at - 1)) && !endsLine(text, at - 1)) at--;
  return at === 0 || endsLine(text, at - 1) ? at : first;
}

class Packer {
  private readonly cursors: { cursor: CutCursor; isClean: boolean }[];
  private readonly end: number;

  constructor(
    private readonly tokens: TokenMap,
    private readonly span: Span,
    private readonly options: PackOptions,
  ) {
    this.end = trimSpan(tokens.text, span).end;
    this.cursors = options.levels.map(({ cuts, isClean = false }) => ({ cursor: new CutCursor(cuts, tokens.text, span), isClean }));
  }

  *spans(): Generator<Span> {
    const { text } = this.tokens;
    let covered = skipSpaces(text, this.span.start, this.end);
    let start = this.begin(this.span.start);
    while (covered < this.end) {
      const end = this.endOf(start, covered);
      yield { start, end: dropSpaces(text, start, end.at) };
      covered = skipSpaces(text, end.at, this.end);
      start = this.nextStart(start, end);
      for (const { cursor } of this.cursors) cursor.forget(start);
    }
  }

  /** Where a chunk begins that is cut off at this place. */
  private begin(at: number): number {
    const first = skipSpaces(this.tokens.text, at, this.end);
    if (!this.options.keepsIndentation) return first;
    const start = indentedStart(this.tokens.text, Math.max(at, first - MOST_INDENTATION), first);
    const isSmall = this.tokens.count(start, first) <= this.options.size * LEAST_FILL;
    return isSmall && this.tokens.furthest(start, this.options.size) > first ? start : first;
  }

  private endOf(start: number, covered: number): End {
    const { size } = this.options;
    const most = this.tokens.furthest(start, size);
    if (most >= this.end) return { at: this.end, isClean: true };
    const low = Math.max(covered, this.tokens.furthest(start, Math.max(1, Math.floor(size * LEAST_FILL))) - 1);
    for (const { cursor, isClean } of this.cursors) {
      const at = cursor.lastIn(isClean ? covered : low, this.reach(most));
      if (at !== undefined) return { at, isClean };
    }
    return { at: lastWordCut(this.tokens.text, Math.min(low, most - 1), most), isClean: false };
  }

  /** White space behind the last token costs nothing: a cut behind it is as good. */
  private reach(most: number): number {
    return skipSpaces(this.tokens.text, most, this.end);
  }

  private nextStart(start: number, end: End): number {
    const covered = skipSpaces(this.tokens.text, end.at, this.end);
    if (end.isClean || this.options.overlap === 0 || covered >= this.end) return this.begin(end.at);
    const repeated = this.repeatFrom(start, dropSpaces(this.tokens.text, start, end.at));
    // Where one character has many tokens, nothing new might fit behind what is repeated.
    return repeated !== undefined && this.tokens.furthest(repeated, this.options.size) > covered ? repeated : this.begin(end.at);
  }

  private repeatFrom(start: number, end: number): number | undefined {
    const next = isInsidePair(this.tokens.text, start + 1) ? start + 2 : start + 1;
    const earliest = Math.max(next, this.tokens.earliest(end, this.options.overlap));
    // A part that begins later would repeat less than half of what was asked for: then rather words.
    const latest = Math.ceil((earliest + end) / 2);
    for (const { cursor } of this.cursors) {
      const at = cursor.firstIn(earliest, latest);
      if (at !== undefined) return this.begin(at);
    }
    const at = firstWordCut(this.tokens.text, earliest, end);
    return at === undefined ? undefined : this.begin(at);
  }
}

/** Fills chunks of at most `size` tokens with as much of the span as ends at a good place. Everything but white space is in one of them. */
export function pack(tokens: TokenMap, span: Span, options: PackOptions): Generator<Span> {
  return new Packer(tokens, span, options).spans();
}

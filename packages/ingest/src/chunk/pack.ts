import { skipSpaces } from './characters.js';
import { CutCursor, type Cuts } from './cuts/cuts.js';
import { firstWordCut, lastWordCut } from './cuts/word-cut.js';
import { type Span, trimSpan } from './span.js';
import type { TokenMap } from './tokens/token-map.js';

/** One kind of places where a span may be cut. */
export interface Level {
  cuts: Cuts;
  /** What stands before such a cut is not repeated behind it: another definition begins there. */
  isClean?: boolean;
}

export interface PackOptions {
  /** The strongest kind first. Where none has a cut, the span is cut between words, and inside of a word that is too long. */
  levels: readonly Level[];
  /** The most tokens of a chunk. */
  size: number;
  /** The most tokens that a chunk repeats of the one before it: as many whole parts of a level as fit, or else whole words. */
  overlap: number;
  trim?: (text: string, span: Span) => Span;
}

// A stronger cut is taken before a weaker one that comes later, but not so early that the chunk would be smaller than this part of its size.
const LEAST_FILL = 0.25;

interface End {
  at: number;
  isClean: boolean;
}

class Packer {
  private readonly cursors: { cursor: CutCursor; isClean: boolean }[];
  private readonly end: number;
  private readonly trim: (text: string, span: Span) => Span;

  constructor(
    private readonly tokens: TokenMap,
    private readonly span: Span,
    private readonly options: PackOptions,
  ) {
    this.trim = options.trim ?? trimSpan;
    this.end = trimSpan(tokens.text, span).end;
    this.cursors = options.levels.map(({ cuts, isClean = false }) => ({ cursor: new CutCursor(cuts, tokens.text, span), isClean }));
  }

  *spans(): Generator<Span> {
    let start = this.begin(this.span.start);
    let covered = start;
    while (covered < this.end) {
      const end = this.endOf(start, covered);
      yield this.trim(this.tokens.text, { start, end: end.at });
      covered = this.begin(end.at);
      start = this.nextStart(start, end);
      for (const { cursor } of this.cursors) cursor.forget(start);
    }
  }

  private begin(at: number): number {
    return this.trim(this.tokens.text, { start: at, end: this.end }).start;
  }

  private endOf(start: number, covered: number): End {
    const { size } = this.options;
    const most = this.tokens.furthest(start, size);
    if (most >= this.end) return { at: this.end, isClean: true };
    const low = Math.max(covered, this.tokens.furthest(start, Math.max(1, Math.floor(size * LEAST_FILL))) - 1);
    for (const { cursor, isClean } of this.cursors) {
      const at = cursor.lastIn(low, this.reach(most));
      if (at !== undefined) return { at, isClean };
    }
    return { at: lastWordCut(this.tokens.text, Math.min(low, most - 1), most), isClean: false };
  }

  /** White space behind the last token costs nothing: a cut behind it is as good. */
  private reach(most: number): number {
    return skipSpaces(this.tokens.text, most, this.end);
  }

  private nextStart(start: number, end: End): number {
    const next = this.begin(end.at);
    if (end.isClean || this.options.overlap === 0 || next >= this.end) return next;
    const repeated = this.repeatFrom(start, this.trim(this.tokens.text, { start, end: end.at }).end);
    // Where one character has many tokens, nothing new might fit behind what is repeated.
    return repeated !== undefined && this.tokens.furthest(repeated, this.options.size) > next ? repeated : next;
  }

  private repeatFrom(start: number, end: number): number | undefined {
    const earliest = Math.max(start + 1, this.tokens.earliest(end, this.options.overlap));
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

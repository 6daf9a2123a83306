import { isInsidePair } from '../characters.js';
import { GrowingOffsets } from './growing-offsets.js';
import type { OffsetTokeniser } from './offset-tokeniser.js';
import { sliceEnd } from './slice-end.js';

// A model has one token for "unknown", and may give it to a word of a million letters, or leave out what it cannot read.
// Every further 100 characters count as a token of their own, so that a chunk has an end in characters, too.
const LONGEST_TOKEN = 100;

/** Where the tokens of one text are; read slice by slice, as far as somebody asks. */
export class TokenMap {
  private readonly starts = new GrowingOffsets();
  private readTo = 0;

  constructor(
    readonly text: string,
    private readonly tokeniser: OffsetTokeniser,
  ) {}

  /** How many tokens have a part in the span. */
  count(start: number, end: number): number {
    return start >= end ? 0 : this.indexAt(end) - this.indexHolding(start);
  }

  /** The index of the first token that begins at this place or after it: so many begin before it. */
  indexAt(offset: number): number {
    while (this.readTo < this.text.length && this.starts.last < offset) this.readSlice();
    return this.starts.below(offset);
  }

  /** Where a token begins; the end of the text when there is no such token. */
  startOf(index: number): number {
    while (this.readTo < this.text.length && this.starts.length <= index) this.readSlice();
    return index < this.starts.length ? this.starts.at(index) : this.text.length;
  }

  /** The furthest end so that the span has at most so many tokens. One character is always taken, however many tokens it has. */
  furthest(start: number, most: number): number {
    const end = this.startOf(this.indexHolding(start) + most);
    return end > start ? end : this.nextStart(start);
  }

  /** The earliest start so that the span has at most so many tokens; `end` when the character before it has more. */
  earliest(end: number, most: number): number {
    const index = this.indexAt(end) - most;
    if (index <= 0) return 0;
    const start = this.startOf(index);
    // Of tokens that share a character all or none are taken.
    return this.startOf(index - 1) === start ? Math.min(end, this.nextStart(start)) : start;
  }

  private nextStart(offset: number): number {
    return this.startOf(this.indexAt(offset + 1));
  }

  /** The index of the token that this place lies in. Text before the first token belongs to it. */
  private indexHolding(offset: number): number {
    const index = this.indexAt(offset);
    return index === 0 || this.startOf(index) === offset ? index : index - 1;
  }

  private readSlice(): void {
    const from = this.readTo;
    const to = sliceEnd(this.text, from);
    const offsets = this.tokeniser.offsets(this.text.slice(from, to));
    for (let i = 0; i < offsets.length; i++) this.add(from + (offsets[i] as number), to);
    this.fillUpTo(to);
    this.readTo = to;
  }

  private add(offset: number, limit: number): void {
    const place = isInsidePair(this.text, offset) ? offset - 1 : offset;
    if (!(place >= this.starts.last && place < limit)) throw new Error('A tokeniser gave offsets that do not ascend, or lie outside of the text');
    this.fillUpTo(place);
    this.starts.push(place);
  }

  private fillUpTo(place: number): void {
    while (place - this.starts.last > LONGEST_TOKEN) {
      const next = this.starts.last + LONGEST_TOKEN;
      this.starts.push(isInsidePair(this.text, next) ? next - 1 : next);
    }
  }
}

import type { Span } from '../span.js';

/** Finds the places of a span where it may be cut, ascending: each is where the part behind the cut begins. Reads every character a constant number of times. */
export type Cuts = (text: string, span: Span) => Iterator<number>;

// How many passed places may be kept before they are dropped.
const MOST_PASSED = 1_024;

/** The cuts of one kind, read as far as somebody asks. Whoever asks moves forward through the text. */
export class CutCursor {
  private readonly cuts: Iterator<number>;
  private places: number[] = [];
  private passed = 0;
  private ended = false;

  constructor(cuts: Cuts, text: string, span: Span) {
    this.cuts = cuts(text, span);
  }

  /** What is at this place or before it will not be asked for again. */
  forget(place: number): void {
    while (this.passed < this.places.length && (this.places[this.passed] as number) <= place) this.passed++;
    if (this.passed < MOST_PASSED) return;
    this.places = this.places.slice(this.passed);
    this.passed = 0;
  }

  /** The last cut after `low`, at `high` or before. */
  lastIn(low: number, high: number): number | undefined {
    const place = this.places[this.below(high + 1) - 1];
    return place !== undefined && place > low ? place : undefined;
  }

  /** The first cut at `low` or after, before `high`. */
  firstIn(low: number, high: number): number | undefined {
    const place = this.places[Math.max(this.passed, this.below(low))];
    return place !== undefined && place < high ? place : undefined;
  }

  /** How many of the kept places are below this one. */
  private below(place: number): number {
    this.readTo(place);
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.places[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private readTo(place: number): void {
    while (!this.ended && (this.places.at(-1) ?? -1) < place) {
      const next = this.cuts.next();
      if (next.done) this.ended = true;
      else this.places.push(next.value);
    }
  }
}

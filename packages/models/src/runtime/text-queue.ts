import type { EmbedCall, PendingText } from './embed-call.js';

// As many texts are looked at when a run is put together: enough to find equal lengths, and the sorting is lost in a run's time.
const WINDOW = 256;
// Padding a text by more than this costs more than the run it saves.
const LARGEST_GAP = 8;
const LARGEST_GAP_SHARE = 1 / 8;

export interface RunLimits {
  /** Rows times the longest row: beyond about a thousand, larger runs are no faster. */
  tokens: number;
  texts: number;
}

const sizeOf = (text: PendingText): number => text.encoding.readTokens;

/** Grows from the anchor towards both sides of the sorted texts, nearest length first, while the run stays within its limits. */
function growAround(sorted: PendingText[], anchorAt: number, limits: RunLimits): PendingText[] {
  let low = anchorAt;
  let high = anchorAt;
  const size = (at: number) => sizeOf(sorted[at] as PendingText);
  const fits = (first: number, last: number) => {
    if (first < 0 || last >= sorted.length) return false;
    const count = last - first + 1;
    const widest = size(last);
    const gap = widest - size(first);
    return count <= limits.texts && count * widest <= limits.tokens && gap <= Math.max(LARGEST_GAP, widest * LARGEST_GAP_SHARE);
  };
  for (;;) {
    const [down, up] = [fits(low - 1, high), fits(low, high + 1)];
    if (!down && !up) return sorted.slice(low, high + 1);
    if (down && (!up || size(low) - size(low - 1) <= size(high + 1) - size(high))) low--;
    else high++;
  }
}

/**
 * Texts of many calls that wait for a run. Each run takes the oldest text of the call whose turn it is, and fills up with texts of
 * about the same length from all calls: a call of one text waits for at most one run of each other call, and no text is starved.
 */
export class TextQueue {
  size = 0;
  /** In the order of their turns. */
  private calls: EmbedCall[] = [];

  add(call: EmbedCall): void {
    if (call.pending.length === 0) return;
    this.calls.push(call);
    this.size += call.pending.length;
  }

  /** Texts of a run that did not begin, for the next one. */
  putBack(texts: PendingText[]): void {
    for (const text of texts) {
      if (text.call.settled) continue;
      if (!this.calls.includes(text.call)) this.calls.unshift(text.call);
      text.call.pending.unshift(text);
      this.size++;
    }
  }

  /** Forgets what the call still waits for. */
  remove(call: EmbedCall): void {
    if (!this.calls.includes(call)) return;
    this.calls = this.calls.filter((other) => other !== call);
    this.size -= call.pending.length;
  }

  /** Forgets everything; gives back the calls that waited. */
  clear(): EmbedCall[] {
    const calls = this.calls;
    this.calls = [];
    this.size = 0;
    return calls;
  }

  /** The texts of the next run, shortest first; none when nothing waits. */
  takeRun(limits: RunLimits): PendingText[] {
    const anchor = this.calls[0]?.pending[0];
    if (anchor === undefined) return [];
    const sorted = this.window().sort((a, b) => sizeOf(a) - sizeOf(b));
    const run = growAround(sorted, sorted.indexOf(anchor), limits);
    this.drop(new Set(run));
    return run;
  }

  private window(): PendingText[] {
    const texts: PendingText[] = [];
    for (const call of this.calls) {
      if (texts.length >= WINDOW) break;
      texts.push(...call.pending.slice(0, WINDOW - texts.length));
    }
    return texts;
  }

  private drop(run: Set<PendingText>): void {
    const [first, ...others] = this.calls;
    for (const call of new Set([...run].map((text) => text.call))) call.pending = call.pending.filter((text) => !run.has(text));
    // Whose turn it was goes to the end.
    this.calls = [...others, first as EmbedCall].filter((call) => call.pending.length > 0);
    this.size -= run.size;
  }
}

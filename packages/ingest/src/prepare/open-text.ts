import type { Chunk, ChunkTools } from '../chunk/chunk.js';
import { givenChunks } from '../chunk/given-chunks.js';
import { makeChunker } from '../chunk/registry.js';
import { tokeniserByWord } from '../chunk/tokens/tokeniser-by-word.js';
import type { ParsedText, TimeSpan } from '../parsed-text.js';
import type { ChunkWork, Slice, Spans, ThreadText } from './chunking-messages.js';
import type { PreparedChunk } from './prepared-chunk.js';
import type { TokenCounter } from './token-counter.js';
import { Windows } from './windows.js';

// A slice takes tens of milliseconds: so long another text of the same thread waits.
const SLICE_CHUNKS = 64;
const SLICE_CHARACTERS = 200_000;

export function parsedOf({ text, mimeType, spans }: ThreadText): ParsedText {
  return { text, mimeType, ...(JSON.parse(spans) as Spans), metadata: {} };
}

/** A text in a thread, whose chunks are made as they are asked for. */
export class OpenText {
  private readonly parsed: ParsedText;
  private readonly chunks: Iterator<Chunk> | AsyncIterator<Chunk>;
  private readonly windows: Windows;
  private readonly times: Times;
  private skip: number;

  constructor(
    private readonly work: ChunkWork,
    counter: TokenCounter,
    embed: NonNullable<ChunkTools['embed']>,
  ) {
    this.parsed = parsedOf(work.parsed);
    const tokeniser = tokeniserByWord((word) => counter.countWord(word));
    const { chunks: given } = this.parsed;
    const chunks = given === undefined ? makeChunker(work.plan, { tokeniser, embed }).chunks(this.parsed) : givenChunks(this.parsed, given, tokeniser);
    this.chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.windows = new Windows(counter, tokeniser);
    this.times = new Times(this.parsed.times ?? []);
    this.skip = work.skip;
  }

  async next(): Promise<Slice> {
    const chunks: PreparedChunk[] = [];
    for (let characters = 0; chunks.length < SLICE_CHUNKS && characters < SLICE_CHARACTERS; ) {
      const step = this.chunks.next();
      const { done, value } = step instanceof Promise ? await step : step;
      if (done) return { kind: 'slice', chunks, isLast: true };
      if (this.skip-- > 0) continue;
      chunks.push(this.prepared(value));
      characters += value.text.length;
    }
    return { kind: 'slice', chunks, isLast: false };
  }

  private prepared(chunk: Chunk): PreparedChunk {
    const { context } = this.work;
    const time = this.times.of(chunk);
    const place = context === undefined ? {} : { title: context.title, headingPath: chunk.headingPath };
    return { ...chunk, ...(time === undefined ? {} : { time }), windows: this.windows.of(chunk.text, place) };
  }
}

/** When parts of a text are said. */
class Times {
  constructor(private readonly spans: readonly TimeSpan[]) {}

  of({ start, end }: { start: number; end: number }): { start: number; end: number } | undefined {
    let [low, high] = [0, this.spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.spans[middle] as TimeSpan).end <= start) low = middle + 1;
      else high = middle;
    }
    const first = this.spans[low];
    if (first === undefined || first.start >= end) return undefined;
    let until = first.to;
    for (let at = low; at < this.spans.length && (this.spans[at] as TimeSpan).start < end; at++) until = Math.max(until, (this.spans[at] as TimeSpan).to);
    return { start: first.from, end: until };
  }
}

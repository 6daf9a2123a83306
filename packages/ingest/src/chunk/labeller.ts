import type { PageSpan, ParsedText } from '../parsed-text.js';
import type { Chunk, ChunkParent } from './chunk.js';
import { type Outline, outlineOf } from './headings/outline.js';
import type { Span } from './span.js';
import type { TokenMap } from './tokens/token-map.js';

function pageAt(pages: readonly PageSpan[], place: number): number | undefined {
  let [low, high] = [0, pages.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pages[middle] as PageSpan).start <= place) low = middle + 1;
    else high = middle;
  }
  return pages[low - 1]?.page;
}

/** Makes chunks of spans: says of each where it stands. */
export class Labeller {
  private index = 0;

  constructor(
    private readonly parsed: ParsedText,
    private readonly tokens: TokenMap,
    private readonly outline: Outline = outlineOf(parsed),
  ) {}

  *label(spans: Iterable<Span>, parent?: ChunkParent): Generator<Chunk> {
    for (const span of spans) yield this.chunkOf(span, parent);
  }

  private chunkOf(span: Span, parent: ChunkParent | undefined): Chunk {
    const { start, end } = span;
    const page = pageAt(this.parsed.pages ?? [], start);
    const headingPath = this.outline.pathOf(span);
    return {
      index: this.index++,
      text: this.parsed.text.slice(start, end),
      start,
      end,
      ...(page === undefined ? {} : { page }),
      ...(headingPath.length === 0 ? {} : { headingPath }),
      tokens: this.tokens.count(start, end),
      ...(parent === undefined ? {} : { parent }),
    };
  }
}

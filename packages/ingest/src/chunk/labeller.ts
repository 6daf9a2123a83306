import type { ParsedText } from '../parsed-text.js';
import type { Chunk, ChunkParent } from './chunk.js';
import { type Outline, outlineOf } from './headings/outline.js';
import { Pages } from './pages.js';
import type { Span } from './span.js';
import type { TokenMap } from './tokens/token-map.js';

/** Makes chunks of spans: says of each where it stands. */
export class Labeller {
  private index = 0;
  private readonly pages: Pages;

  constructor(
    private readonly parsed: ParsedText,
    private readonly tokens: TokenMap,
    private readonly outline: Outline = outlineOf(parsed),
  ) {
    this.pages = new Pages(parsed);
  }

  *label(spans: Iterable<Span>, parent?: ChunkParent): Generator<Chunk> {
    for (const span of spans) yield this.chunkOf(span, parent);
  }

  private chunkOf(span: Span, parent: ChunkParent | undefined): Chunk {
    const { start, end } = span;
    const headingPath = this.outline.pathOf(span);
    return {
      index: this.index++,
      text: this.parsed.text.slice(start, end),
      start,
      end,
      ...this.pages.of(span),
      ...(headingPath.length === 0 ? {} : { headingPath }),
      tokens: this.tokens.count(start, end),
      ...(parent === undefined ? {} : { parent }),
    };
  }
}

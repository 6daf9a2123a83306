import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../fixtures/simple-tokeniser.js';
import type { ParsedText } from '../parsed-text.js';
import { collectChunks } from './chunk.js';
import { CHUNKERS, makeChunker } from './registry.js';

/** A text of these pages, with an empty line between two, as parsers write it. */
function paged(...pages: string[]): ParsedText {
  const spans: NonNullable<ParsedText['pages']> = [];
  let text = '';
  for (const [at, page] of pages.entries()) {
    if (text !== '' && page !== '') text += '\n\n';
    spans.push({ page: at + 1, start: text.length, end: text.length + page.length });
    text += page;
  }
  return { text, mimeType: 'application/pdf', pages: spans, metadata: {} };
}

async function cut(parsed: ParsedText, strategy = 'recursive', options: object = {}) {
  const embed = async (texts: string[]) => texts.map(() => new Float32Array([1, 0]));
  const chunks = await collectChunks(makeChunker({ strategy, options }, { tokeniser: simpleTokeniser, embed }), parsed);
  return chunks.map(({ text, page, pageStarts }) => ({ text, page, pageStarts }));
}

const BY_PAGE = Object.keys(CHUNKERS).filter((strategy) => strategy !== 'tokens');

describe('pages', () => {
  it.each(BY_PAGE)('R2: a chunk ends where the next page begins: %s', async (strategy) => {
    expect(await cut(paged('The heron stands.', 'The otter swims.', '', 'The stork flies.'), strategy)).toEqual([
      { text: 'The heron stands.', page: 1 },
      { text: 'The otter swims.', page: 2 },
      { text: 'The stork flies.', page: 4 },
    ]);
  });

  it('R2: nothing of the page before is repeated', async () => {
    const pages = Array.from({ length: 6 }, (_, at) => `Page ${at + 1} has ${`birds number ${at} of it. `.repeat(30)}`.trim());
    const chunks = await cut(paged(...pages), 'recursive', { chunk_size: 40, chunk_overlap: 20 });
    expect(chunks.length).toBeGreaterThan(12);
    for (const { text, page, pageStarts } of chunks) {
      expect(pages[(page as number) - 1]).toContain(text);
      expect(pageStarts).toBeUndefined();
    }
  });

  it('R2: a sentence that runs on to the next page stays whole, and its chunk says where that begins', async () => {
    const parsed = paged('The heron stands in the', 'shallow water. The otter swims.');
    expect(await cut(parsed)).toEqual([{ text: parsed.text, page: 1, pageStarts: [parsed.text.indexOf('shallow')] }]);
  });
});

import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import { type Chunk, collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';
import { TokenMap } from '../tokens/token-map.js';

const OPTIONS = { chunk_size: 40, child_size: 12, child_overlap: 4 };
const cut = (text: string, options: object = OPTIONS, mimeType = 'text/plain'): Promise<Chunk[]> =>
  collectChunks(makeChunker({ strategy: 'hierarchical', options }, { tokeniser: simpleTokeniser }), { text, mimeType, metadata: {} });

describe('the hierarchical chunker', () => {
  it('U5: each child lies in its parent, which has at most chunk_size tokens', () =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const tokens = new TokenMap(text, simpleTokeniser);
        for (const { start, end, parent } of await cut(text)) {
          expect(parent && parent.start <= start && end <= parent.end).toBe(true);
          expect(tokens.count(parent?.start ?? 0, parent?.end ?? 0)).toBeLessThanOrEqual(OPTIONS.chunk_size);
        }
      }),
      { numRuns: 30 },
    ));

  it('U5: parents are numbered in their order and do not overlap', () =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const parents = [...new Map((await cut(text)).map(({ parent }) => [parent?.index, parent])).values()];
        expect(parents.map((parent) => parent?.index)).toEqual(parents.map((_, i) => i));
        expect(parents.slice(1).every((parent, i) => (parent?.start ?? 0) >= (parents[i]?.end ?? 0))).toBe(true);
      }),
      { numRuns: 30 },
    ));

  it('U5: a parent ends with its section', async () => {
    const chunks = await cut('# One\n\nThe first.\n\n# Two\n\nThe second.', {}, 'text/markdown');
    expect(chunks.map(({ text, parent, headingPath }) => [text, parent?.index, headingPath])).toEqual([
      ['# One\n\nThe first.', 0, ['One']],
      ['# Two\n\nThe second.', 1, ['Two']],
    ]);
  });

  it('U5: children are no larger than their parents may be', async () => {
    const chunks = await cut('word '.repeat(100), { chunk_size: 10, child_size: 50 });
    expect(Math.max(...chunks.map(({ tokens }) => tokens))).toBe(10);
  });
});

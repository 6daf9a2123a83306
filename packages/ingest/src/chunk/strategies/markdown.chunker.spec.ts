import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import type { ParsedText } from '../../parsed-text.js';
import { collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';

const GUIDE = `Before all.

# Guide

## Setup ##

Install it first.

\`\`\`sh
# no heading

npm start
\`\`\`

Use it
------

- read this
- and this

### Deeper

Here is more.
`;

async function cut(parsed: Partial<ParsedText>, options: object = { chunk_size: 100 }, strategy = 'markdown') {
  const chunks = await collectChunks(makeChunker({ strategy, options }, { tokeniser: simpleTokeniser }), {
    text: '',
    mimeType: 'text/markdown',
    metadata: {},
    ...parsed,
  });
  return chunks.map(({ text, headingPath, page }) => ({ text, path: headingPath?.join(' > '), page }));
}

describe('the markdown chunker', () => {
  it('U3: gives each section its headings, from Markdown', async () => {
    expect((await cut({ text: GUIDE })).map(({ text, path }) => [text.split('\n')[0], path])).toEqual([
      ['Before all.', undefined],
      ['# Guide', 'Guide > Setup'],
      ['Use it', 'Guide > Use it'],
      ['### Deeper', 'Guide > Use it > Deeper'],
    ]);
  });

  it('U3: gives each section its headings, from a parser that found them', async () => {
    const text = 'Title\nIntro text.\nPart one\nThis is said.\nPart two\nThat is said.';
    const headings = [
      { level: 1, title: 'Title', start: 0 },
      { level: 2, title: 'Part one', start: 18 },
      { level: 2, title: 'Part two', start: 41 },
    ];
    expect(await cut({ text, headings, mimeType: 'application/pdf' })).toEqual([
      { text: 'Title\nIntro text.', path: 'Title' },
      { text: 'Part one\nThis is said.', path: 'Title > Part one' },
      { text: 'Part two\nThat is said.', path: 'Title > Part two' },
    ]);
  });

  it('U3: cuts at the headings down to a depth only, when told so', async () => {
    expect(await cut({ text: GUIDE }, { chunk_size: 100, heading_depth: 1 })).toHaveLength(2);
  });

  it('U3: keeps a block of code whole, if there is another way', async () => {
    const text = `Some words come first here, and some more.\n\n\`\`\`\none\n\ntwo\n\nthree\n\`\`\`\n\nThe end.`;
    const chunks = await cut({ text }, { chunk_size: 20, chunk_overlap: 0 });
    expect(chunks.map((chunk) => chunk.text)).toContain('```\none\n\ntwo\n\nthree\n```\n\nThe end.');
  });

  it('U3: cuts between the items of a list, and repeats none across a heading', async () => {
    const [one, two, three] = ['- one of them all', '- two of them all', '- six of them all'];
    const text = `# List\n${one}\n${two}\n${three}\n# Next\nText`;
    expect((await cut({ text }, { chunk_size: 10, chunk_overlap: 5 })).map((chunk) => chunk.text)).toEqual([
      `# List\n${one}`,
      `${one}\n${two}`,
      `${two}\n${three}`,
      '# Next\nText',
    ]);
  });

  it('U7: every chunker says under which headings and on which page a chunk begins', async () => {
    const pages = [
      { page: 1, start: 0, end: GUIDE.indexOf('## Setup') },
      { page: 2, start: GUIDE.indexOf('## Setup'), end: GUIDE.length },
    ];
    const chunks = await cut({ text: GUIDE, pages }, { chunk_size: 12, chunk_overlap: 0 }, 'recursive');
    expect(chunks[0]).toEqual({ text: 'Before all.\n\n# Guide', path: undefined, page: 1 });
    expect(chunks.at(-1)).toMatchObject({ path: 'Guide > Use it > Deeper', page: 2 });
  });

  it('U10: keeps what a chunk carries of its headings short', async () => {
    const text = Array.from({ length: 100 }, (_, i) => ({ level: i + 1, title: `${i} ${'x'.repeat(5_000)}`, start: i * 2 }));
    const chunks = await collectChunks(makeChunker({ strategy: 'markdown' }, { tokeniser: simpleTokeniser }), {
      text: 'a\n'.repeat(100),
      mimeType: 'application/pdf',
      headings: text,
      metadata: {},
    });
    expect(Math.max(...chunks.map(({ headingPath = [] }) => headingPath.join('').length))).toBeLessThanOrEqual(16 * 200);
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { PARAGRAPHS } from '../../fixtures/texts.js';
import type { ParsedText } from '../../parsed-text.js';
import { collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';
import { recommendChunking } from './recommend.js';

const parsedOf = (text: string, mimeType = 'text/plain'): ParsedText => ({ text, mimeType, metadata: {} });
const prose = `${PARAGRAPHS.english}\n\n${PARAGRAPHS.german}\n\n`.repeat(3);
const source = readFileSync(fileURLToPath(new URL('../pack.ts', import.meta.url)), 'utf8');
const page = '# Guide\n\nRead this first.\n\n## Setup\n\nInstall it. Then start it.\n';
const log = Array.from({ length: 50 }, (_, i) => `2026-01-01 10:00:${i} INFO worker took job ${i}`).join('\n');

describe('a recommendation', () => {
  it.each([
    ['sentence', 'prose', parsedOf(prose)],
    ['sentence', 'Chinese prose', parsedOf(PARAGRAPHS.chinese.repeat(5))],
    ['code', 'source code without a type', parsedOf(source)],
    ['code', 'a short file of a known type', parsedOf('x = 1', 'text/x-python')],
    ['markdown', 'a page with headings', parsedOf(page, 'text/markdown')],
    ['recursive', 'a table', parsedOf('a,b\n1,2\n', 'text/csv')],
    ['recursive', 'a log', parsedOf(log)],
    ['tokens', 'one endless word', parsedOf('QUJD'.repeat(5_000))],
    ['recursive', 'nothing', parsedOf('')],
  ])('U6 U8: is %s for %s, with a reason', (strategy, _, parsed) => {
    const recommended = recommendChunking(parsed);
    expect(recommended.strategy).toBe(strategy);
    expect(recommended.reason).toMatch(/^[\dA-Z].*\.$/);
    expect(() => makeChunker(recommended, { tokeniser: simpleTokeniser })).not.toThrow();
  });

  it('U6: automatic choice cuts each file as what is recommended for it would', async () => {
    const options = { chunk_size: 60, chunk_overlap: 10 };
    const cut = (strategy: string, parsed: ParsedText) => collectChunks(makeChunker({ strategy, options }, { tokeniser: simpleTokeniser }), parsed);
    const [code, text] = [parsedOf(source), parsedOf(prose)];
    expect(await cut('auto', code)).toEqual(await cut('code', code));
    expect(await cut('auto', text)).toEqual(await cut('sentence', text));
    expect(await cut('auto', code)).not.toEqual(await cut('sentence', code));
  });
});

import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { type EmbedTexts } from '../chunk.js';
import { CHUNKERS, makeChunker } from '../registry.js';
import { recommendChunking } from '../review/recommend.js';

// White space that was read again for each chunk took 2.5 s for this much; what is linear takes a fifth of a second.
const LENGTH = 192 * 1024;
const MOST_CPU_MS = 2_000;

const fill = (unit: string): string => unit.repeat(Math.ceil(LENGTH / unit.length));
const HOSTILE: [string, string][] = [
  ['an endless word', fill('a')],
  ['marks without end', `a${fill('\u0301')}`],
  ['white space without end', `a${fill(' ')}b`],
  ['empty lines without end', `a${fill('\n')}b`],
  ['characters of a script without spaces', fill('漢')],
  ['full stops', fill('. ')],
  ['headings without text', fill('# a\n')],
  ['fences that open and close', fill('```\n')],
  ['deep indentation', fill(`${' '.repeat(1_000)}x\n`)],
];

// Automatic choice is one of the others.
const STRATEGIES = Object.keys(CHUNKERS).filter((strategy) => strategy !== 'auto');

const embed: EmbedTexts = async (texts) => texts.map((text) => Float32Array.of(text.length % 7, 1));

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe.each(HOSTILE)('U10: of %s', (_, text) => {
  const parsed = { text, mimeType: 'text/plain', metadata: {} };

  it.each(STRATEGIES)('%s makes chunks in a time that grows with the text', async (strategy) => {
    const chunker = makeChunker({ strategy, options: { chunk_size: 60, chunk_overlap: 10 } }, { tokeniser: simpleTokeniser, embed });
    let chunks = 0;
    const spent = await cpuMs(async () => {
      for await (const { tokens } of chunker.chunks(parsed)) chunks += tokens > 0 ? 1 : 0;
    });
    expect(chunks).toBeGreaterThan(0);
    expect(spent).toBeLessThan(MOST_CPU_MS);
  });

  it('a recommendation is made as quickly', async () => {
    expect(await cpuMs(async () => void recommendChunking(parsed))).toBeLessThan(MOST_CPU_MS);
  });
});

it('U10: the first chunk of a long text comes before the text was read to its end', () => {
  let read = 0;
  const tokeniser = {
    offsets(text: string) {
      read += text.length;
      return simpleTokeniser.offsets(text);
    },
  };
  const text = 'Some words. '.repeat(100_000);
  const chunks = makeChunker({ strategy: 'recursive' }, { tokeniser }).chunks({ text, mimeType: 'text/plain', metadata: {} }) as Iterable<unknown>;
  expect(chunks[Symbol.iterator]().next().done).toBe(false);
  expect(read).toBeLessThan(text.length / 10);
});

import { performance } from 'node:perf_hooks';
import { CHUNKERS, type ChunkingStrategy } from '@cairn/ingest';
import type { PreparedChunk } from '@cairn/ingest/prepare';
import { BUILT_IN_MODEL, ModelPool, openTokenCounter, type RemoteModel, type TokenCounter, tokenCounterOf } from '@cairn/models';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { anyText, PARAGRAPHS } from '../../../../packages/ingest/src/fixtures/texts.js';
import type { ChunkingSettings } from './chunking-settings.js';
import { type DocumentContent, DocumentPreparer } from './document-preparer.js';

jest.setTimeout(120_000);

const STRATEGIES = Object.keys(CHUNKERS) as ChunkingStrategy[];
const REMOTE: RemoteModel = {
  kind: 'remote',
  id: 'far-away',
  aliases: [],
  version: 'v1',
  dimension: 8,
  url: 'https://example.org/v1',
  remoteId: 'far-away',
  sendDimension: false,
  maxTokens: 1_000,
  queryPrefix: '',
  documentPrefix: '',
};
const PROSE = `${Object.values(PARAGRAPHS).join('\n\n')}\n\n`;

const settingsOf = (given: Partial<ChunkingSettings> = {}): ChunkingSettings => ({
  model: BUILT_IN_MODEL.id,
  strategy: 'sentence',
  chunkSize: 500,
  config: {},
  embedContext: false,
  ...given,
});
const never = () => new AbortController().signal;
const solid = (text: string) => text.replace(/\s+/g, '');
const longText = (characters: number) =>
  PROSE.repeat(Math.ceil(characters / PROSE.length))
    .slice(0, characters)
    .toWellFormed();

let preparer: DocumentPreparer;
let counter: TokenCounter;
beforeAll(async () => {
  // Vectors that turn with the length of a text: what a model would say of it is another test's matter.
  const embed = async (_space: string, texts: string[]) => texts.map((text) => ({ vector: Float32Array.of(text.length % 7, 1) }));
  preparer = new DocumentPreparer({ models: [BUILT_IN_MODEL, REMOTE], embed, threads: 2 });
  counter = await openTokenCounter(tokenCounterOf(BUILT_IN_MODEL).data);
});
afterAll(() => preparer.stop());

const textOf = (content: DocumentContent, given: Partial<ChunkingSettings> = {}) => preparer.parse(content, settingsOf(given), never());

async function chunksOf(content: DocumentContent | string, { title, ...given }: Partial<ChunkingSettings> & { title?: string } = {}) {
  const parsed = await textOf(typeof content === 'string' ? { text: content } : content, given);
  const chunks: PreparedChunk[] = [];
  for await (const slice of preparer.chunks(parsed, { title, settings: settingsOf(given) }, never())) chunks.push(...slice);
  return { parsed, chunks };
}

describe('the text of a document', () => {
  it('is what was sent, where it was sent as a text', async () => {
    const text = ' A plain text.\r\n\r\n# No heading\tof it \n';
    expect(await textOf({ text })).toEqual({ text, mimeType: 'text/plain', spans: '{}', pages: null, metadata: {}, warnings: [] });
    expect((await textOf({ text, fileName: 'notes.md', mimeType: 'text/plain; charset=utf-8' })).text).toBe(text);
  });

  it('is what the parser of its type makes of it, where it has one', async () => {
    const { mimeType, title, text } = await textOf({ text: '---\ntitle: A guide\n---\n# Guide\n\nWords.', fileName: 'guide.txt', mimeType: 'text/markdown' });
    expect([mimeType, title, text.includes('# Guide')]).toEqual(['text/markdown', 'A guide', true]);
    expect((await textOf({ bytes: Buffer.from('<p>Hello <b>you</b></p>'), fileName: 'a.html' })).text).toBe('Hello you');
  });

  it('holds nothing that cannot be stored, and offsets still point into it', async () => {
    const { parsed, chunks } = await chunksOf('One\0two.\ud800 Three.');
    expect([parsed.text, parsed.warnings.length]).toEqual(['One two.\ufffd Three.', 1]);
    expect(chunks.map(({ start, end, text }) => parsed.text.slice(start, end) === text)).toEqual([true]);
  });

  it.each([[{ text: ' \n ' }], [{ bytes: Buffer.from('[]'), fileName: 'a.json' }], [{ bytes: Buffer.from('  \n'), fileName: 'a.txt' }]])(
    'R1: comes with a warning where there is none: %j',
    async (content) => {
      const { parsed, chunks } = await chunksOf(content);
      expect([parsed.warnings, chunks]).toEqual([['No text was found in it, so no search finds it.'], []]);
    },
  );

  it('comes with a warning where an overlap was too large, and gives chunks', async () => {
    const { parsed, chunks } = await chunksOf(longText(20_000), { chunkSize: 100, chunkOverlap: 90 });
    expect(parsed.warnings).toEqual(['chunk_overlap is 90; 50 was used, because at most half of chunk_size (100) can be repeated.']);
    expect(chunks.length).toBeGreaterThan(10);
  });

  it('is refused in words for people', async () => {
    await expect(textOf({ bytes: Buffer.from('PK\x03\x04'), fileName: 'a.zip' })).rejects.toMatchObject({ name: 'PermanentJobError' });
    await expect(chunksOf('text', { config: { nope: 1 } })).rejects.toMatchObject({ name: 'PermanentJobError', code: 'chunking_settings' });
    await expect(chunksOf('text', { model: 'nope' })).rejects.toMatchObject({ code: 'model_not_installed' });
  });
});

describe.each(STRATEGIES)('chunks by %s', (strategy) => {
  it('U1: hold the text between them, and their windows hold all of each, as long as the model reads', () =>
    fc.assert(
      fc.asyncProperty(anyText, fc.constantFrom(20, 80, 600), fc.boolean(), async (given, chunkSize, embedContext) => {
        const { parsed, chunks } = await chunksOf(given, { strategy, chunkSize, embedContext, title: 'A title' });
        const covered = new Set<number>();
        for (const { text, start, end, windows } of chunks) {
          expect(parsed.text.slice(start, end)).toBe(text);
          for (let at = start; at < end; at++) covered.add(at);
          for (const window of windows) expect(counter.count(window)).toBeLessThanOrEqual(BUILT_IN_MODEL.maxTokens);
          if (!embedContext) expect(solid(windows.join(''))).toBe(solid(text));
        }
        expect(Array.from({ length: parsed.text.length }, (_, at) => at).filter((at) => !covered.has(at) && solid(parsed.text.charAt(at)) !== '')).toEqual([]);
      }),
      { numRuns: 15 },
    ));

  it('are the same for the same text, and none of an empty one', async () => {
    const [first, second] = [await chunksOf(longText(50_000), { strategy }), await chunksOf(longText(50_000), { strategy })];
    expect(first.chunks.length).toBeGreaterThan(5);
    expect(second.chunks).toEqual(first.chunks);
    expect((await chunksOf(' \n\n ', { strategy })).chunks).toEqual([]);
  });

  it.each([
    ['an endless word', 'a'],
    ['marks without end', '\u0301'],
    ['characters without spaces', '漢'],
    ['white space before each letter', `${' '.repeat(500)}x`],
    ['surrogate pairs', '👋🏽'],
  ])('U10: are made of a line of %s', async (_, unit) => {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    const { chunks } = await chunksOf(text, { strategy, chunkSize: 1_000 });
    expect(chunks.length).toBeGreaterThan(0);
    for (const { windows } of chunks) for (const window of windows) expect(counter.count(window)).toBeLessThanOrEqual(BUILT_IN_MODEL.maxTokens);
  });
});

describe('windows', () => {
  it('are the chunk itself where the model reads it whole', async () => {
    const { chunks } = await chunksOf('A short text.');
    expect(chunks.map(({ windows }) => windows)).toEqual([['A short text.']]);
  });

  it('have title and headings in front, where they are wanted, which are no part of the chunk', async () => {
    const markdown = '# Setup\n\n## Linux\n\nInstall it first.\n\n## Windows\n\nNobody knows.';
    const { chunks } = await chunksOf({ text: markdown, mimeType: 'text/markdown' }, { strategy: 'markdown', embedContext: true, title: 'Guide' });
    expect(chunks.map(({ windows }) => windows)).toEqual([
      ['Guide\nSetup › Linux\n\n# Setup\n\n## Linux\n\nInstall it first.'],
      ['Guide\nSetup › Windows\n\n## Windows\n\nNobody knows.'],
    ]);
  });

  it('spend at most a quarter of what the model reads on it', async () => {
    const { chunks } = await chunksOf(longText(20_000), { embedContext: true, title: 'A title that never ends '.repeat(100) });
    for (const { windows } of chunks)
      for (const window of windows) expect(counter.countWord(window.slice(0, window.indexOf('\n\n')))).toBeLessThanOrEqual(254 / 4);
  });

  it('are guessed at for a model whose tokenizer is not here, and are the whole chunk for the mock model', async () => {
    expect((await chunksOf(longText(30_000), { model: REMOTE.id, chunkSize: 2_000 })).chunks[0]?.windows.length).toBeGreaterThan(1);
    expect((await chunksOf(longText(30_000), { model: 'mock', chunkSize: 2_000 })).chunks[0]?.windows.length).toBe(1);
  });
});

describe('what stands in a text', () => {
  it('R9: is found in a thread, with the words of its language', async () => {
    const { keywords, entities } = await preparer.extract({ text: 'Die Verträge enden am 31. März 2025. Der Mieter kündigt die Verträge. ERR-4711' }, never());
    expect([keywords[0], entities.dates, entities.codes]).toEqual(['verträge', ['2025-03-31'], ['ERR-4711']]);
  });

  it('R9: is found of a long text while the event loop is free, and not after it was cancelled', async () => {
    const before = performance.eventLoopUtilization();
    const { keywords } = await preparer.extract({ text: longText(5_000_000) }, never());
    expect(keywords).toHaveLength(20);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
    const controller = new AbortController();
    const extracted = preparer.extract({ text: longText(5_000_000) }, controller.signal);
    controller.abort(new Error('cancelled'));
    await expect(extracted).rejects.toThrow('cancelled');
  });
});

describe('many and large documents', () => {
  it('keep the event loop free, and are never in memory whole as chunks', async () => {
    const text = longText(10_000_000);
    await chunksOf('warm');
    global.gc?.();
    const before = performance.eventLoopUtilization();
    const parsed = await textOf({ bytes: Buffer.from(text), fileName: 'large.txt' });
    let chunks = 0;
    for await (const slice of preparer.chunks(parsed, { settings: settingsOf() }, never())) {
      expect(slice.length).toBeLessThanOrEqual(64);
      chunks += slice.length;
    }
    expect(chunks).toBeGreaterThan(5_000);
    // Not a delay: on busy machines that says how busy they are. A loop that cut texts itself would never be idle.
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
  });

  it('do not let a short one wait for a long one', async () => {
    let isOver = false;
    const long = [chunksOf(longText(5_000_000)), chunksOf(longText(5_000_000))];
    void Promise.race(long).then(() => {
      isOver = true;
    });
    await Promise.all(Array.from({ length: 10 }, () => chunksOf(longText(20_000))));
    expect(isOver).toBe(false);
    await Promise.all(long);
  });

  it('end when they are cancelled', async () => {
    const controller = new AbortController();
    const parsed = await textOf({ text: longText(5_000_000) });
    const chunks = preparer.chunks(parsed, { settings: settingsOf() }, controller.signal);
    await chunks.next();
    controller.abort(new Error('cancelled'));
    await expect(chunks.next().then(() => chunks.next())).rejects.toThrow('cancelled');
    await expect(preparer.parse({ text: '# A', mimeType: 'text/markdown' }, settingsOf(), controller.signal)).rejects.toThrow('cancelled');
  });

  it('can be looked at before: what fits them, and what plans make of them', async () => {
    const parsed = await textOf({ text: longText(50_000) });
    const plans = STRATEGIES.map((strategy) => ({ strategy, options: { chunk_size: 200 } }));
    const { recommendation, previews } = await preparer.preview(parsed, { plans, model: BUILT_IN_MODEL.id, limit: 2 }, never());
    expect(recommendation.reason).toMatch(/\.$/);
    expect(previews.map(({ chunks, stats }) => [chunks.length, stats.coverage])).toEqual(STRATEGIES.map(() => [2, 1]));
  });
});

describe('a text that is cut by meaning', () => {
  let pool: ModelPool;
  let own: DocumentPreparer;
  beforeAll(async () => {
    pool = await ModelPool.start([BUILT_IN_MODEL], { memoryBytes: 4e9, idleMs: 60_000 });
    const embed = (_space: string, texts: string[], signal: AbortSignal) =>
      pool.use(BUILT_IN_MODEL.id, (runtime) => runtime.embedDocuments(texts, { signal }), { signal });
    own = new DocumentPreparer({ models: pool.models, embed, threads: 1 });
  });
  afterAll(() => Promise.all([own?.stop(), pool?.stop()]));

  it('is cut where its topic changes, by the vectors of its model', async () => {
    const parts = [
      'My cat sleeps all day long. My cat purrs all day long. My cat eats all day long.',
      'Shares fell on Monday. Shares fell on Tuesday. Shares fell on Friday.',
    ];
    const settings = settingsOf({ strategy: 'semantic', config: { breakpoint_percentile: 80 } });
    const parsed = await own.parse({ text: parts.join(' ') }, settings, never());
    const found: string[] = [];
    for await (const slice of own.chunks(parsed, { settings }, never())) found.push(...slice.map(({ text }) => text));
    expect(found).toEqual(parts);
  });
});

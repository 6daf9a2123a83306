import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChunkingPool as Pool, TextToChunk } from '../../dist/prepare/chunking-pool.js';
import { ChunkingPool, type PreparedChunk } from '../../dist/prepare.js';

const fixture = pathToFileURL(join(import.meta.dirname, '..', 'fixtures', 'letter-counter.mjs')).href;
const counter = { key: 'letters', module: fixture, data: 60 };
const LINE = 'Some words of a line that goes on for a while, and then comes to its end. ';
const LARGE = LINE.repeat(40_000);

function textOf(text: string, more: Partial<TextToChunk> = {}): TextToChunk {
  const parsed = { text, mimeType: 'text/plain', spans: '{}' };
  return { parsed, plan: { strategy: 'sentence', options: { chunk_size: 100 } }, counter, context: undefined, ...more };
}

const alone = () => ({ signal: new AbortController().signal });

async function all(slices: AsyncIterable<PreparedChunk[]>): Promise<PreparedChunk[]> {
  const chunks: PreparedChunk[] = [];
  for await (const slice of slices) chunks.push(...slice);
  return chunks;
}

describe('threads that cut texts', () => {
  let pool: Pool;
  beforeEach(() => {
    pool = new ChunkingPool({ threads: 2, stepSeconds: 2, memoryMb: 128 });
  });
  afterEach(() => pool.stop());

  const chunksOf = (text: string, more?: Partial<TextToChunk>) => all(pool.chunks(textOf(text, more), alone()));

  it('give the chunks of a text in their order, each with its windows', async () => {
    const chunks = await chunksOf(LINE.repeat(1_000));
    expect(chunks.map(({ index }) => index)).toEqual(Array.from(chunks, (_, index) => index));
    expect(chunks.every(({ text, windows }) => windows.length > 1 && windows.join('').replace(/\s/g, '') === text.replace(/\s/g, ''))).toBe(true);
    expect(await chunksOf(LINE.repeat(1_000))).toEqual(chunks);
  });

  it('give none of an empty text', async () => {
    expect([await chunksOf(''), await chunksOf(' \n ')]).toEqual([[], []]);
  });

  it('say of each chunk on which page it is, under which headings, and when it is said', async () => {
    const text = `${LINE}\n\n${LINE}`;
    const spans = JSON.stringify({
      pages: [
        { page: 1, start: 0, end: LINE.length },
        { page: 2, start: LINE.length, end: text.length },
      ],
      headings: [{ level: 1, title: 'A heading', start: 0 }],
      times: [
        { from: 1, to: 2.5, start: 0, end: 10 },
        { from: 3, to: 4, start: 10, end: LINE.length },
        { from: 5, to: 6, start: LINE.length + 2, end: text.length },
      ],
    });
    const given = { parsed: { text, mimeType: 'text/plain', spans }, plan: { strategy: 'sentence', options: { chunk_size: 25, chunk_overlap: 0 } } };
    const [first, second] = await chunksOf('', { ...given, context: { title: 'A title' } });
    expect(first).toMatchObject({ page: 1, headingPath: ['A heading'], time: { start: 1, end: 4 } });
    expect(second).toMatchObject({ page: 2, time: { start: 5, end: 6 } });
    expect(first?.windows).toEqual([`A title\nA heading\n\n${first?.text}`]);
    expect(first?.text).toBe(LINE.trim());
  });

  it('leave the event loop alone', async () => {
    await chunksOf(LINE);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const before = performance.eventLoopUtilization();
    delay.enable();
    expect((await chunksOf(LARGE)).length).toBeGreaterThan(1_000);
    delay.disable();
    // Not the longest delay: on busy machines that says how busy they are.
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  });

  it('make small slices, and no more of them than are wanted', async () => {
    const asked: number[] = [];
    const plan = { strategy: 'sentence', options: { chunk_size: 100 } };
    for await (const slice of pool.chunks(textOf(LARGE, { plan }), alone())) {
      asked.push(slice.length);
      if (asked.length === 3) break;
    }
    expect(asked).toEqual([64, 64, 64]);
    expect(await chunksOf(LINE)).toHaveLength(1);
  });

  it('do not let a short text wait for a long one', async () => {
    let isOver = false;
    const long = chunksOf(LARGE).then(() => {
      isOver = true;
    });
    const others = Array.from({ length: 5 }, () => chunksOf(LARGE.slice(0, 500_000)));
    await Promise.all(Array.from({ length: 10 }, () => chunksOf(LINE)));
    expect(isOver).toBe(false);
    await Promise.all([long, ...others]);
  });

  it('give up a text that takes too long, and begin the others anew where they were', async () => {
    const expected = await chunksOf(LARGE);
    const texts = Array.from({ length: 3 }, () => all(slowly(pool.chunks(textOf(LARGE), alone()))));
    const refusal = { name: 'PermanentJobError', code: 'chunking_too_slow', message: expect.stringContaining('longer than 2 seconds') };
    await expect(chunksOf('H4NG')).rejects.toMatchObject(refusal);
    for (const chunks of await Promise.all(texts)) expect(chunks).toEqual(expected);
  });

  it('give up a text that takes too much memory', async () => {
    const refusal = { name: 'PermanentJobError', code: 'chunking_too_large', message: expect.stringContaining('128 MB') };
    await expect(chunksOf('GR0W')).rejects.toMatchObject(refusal);
    expect(await chunksOf(LINE)).toHaveLength(1);
  });

  it('that die with a text in hand are replaced, and the text fails after three of them', async () => {
    await expect(chunksOf('D1E')).rejects.toThrow('broke down');
    expect(await chunksOf(LINE)).toHaveLength(1);
  });

  it('say what is wrong with options, and what failed', async () => {
    await expect(chunksOf(LINE, { plan: { strategy: 'sentence', options: { chunk_size: 3 } } })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(chunksOf('F4IL')).rejects.toThrow('this word cannot be counted');
    expect(await chunksOf(LINE)).toHaveLength(1);
  });

  it('stop when nobody wants a text any more', async () => {
    const controller = new AbortController();
    const chunks = pool.chunks(textOf(LARGE), { signal: controller.signal });
    await chunks.next();
    controller.abort(new Error('cancelled'));
    await expect(all(chunks)).rejects.toThrow('cancelled');
    const hanging = all(pool.chunks(textOf(LARGE), { signal: AbortSignal.timeout(20) }));
    await expect(hanging).rejects.toThrow('timeout');
  });

  it('ask for vectors where a text is cut by meaning', async () => {
    const asked: number[] = [];
    const embed = async (texts: string[]) => {
      asked.push(texts.length);
      return texts.map((text) => Float32Array.of(text.length % 7, 1));
    };
    const plan = { strategy: 'semantic', options: { chunk_size: 100 } };
    const chunks = await all(pool.chunks(textOf(LINE.repeat(200), { plan }), { ...alone(), embed }));
    expect(chunks.length).toBeGreaterThan(1);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBe(200);
    const failing = async () => Promise.reject(new Error('the model is away'));
    await expect(all(pool.chunks(textOf(LINE.repeat(9), { plan }), { ...alone(), embed: failing }))).rejects.toThrow('the model is away');
    await expect(chunksOf(LINE.repeat(9), { plan })).rejects.toMatchObject({ code: 'chunking_needs_model' });
  });

  it('show what plans make of a text', async () => {
    const plans = ['sentence', 'tokens'].map((strategy) => ({ strategy, options: { chunk_size: 50 } }));
    const parsed = { text: LINE.repeat(100), mimeType: 'text/plain', spans: '{}' };
    const { recommendation, previews } = await pool.preview({ parsed, plans, counter, limit: 3 }, alone());
    expect(recommendation.strategy).toBe('sentence');
    expect(previews.map(({ plan, chunks, stats }) => [plan.strategy, chunks.length, stats.coverage])).toEqual([
      ['sentence', 3, 1],
      ['tokens', 3, 1],
    ]);
    await expect(pool.preview({ parsed, plans: [{ strategy: 'nope' }], counter, limit: 3 }, alone())).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('stop a preview that nobody wants any more between its plans', async () => {
    const parsed = { text: LARGE.slice(0, 500_000), mimeType: 'text/plain', spans: '{}' };
    const plans = Array.from({ length: 100 }, () => ({ strategy: 'sentence', options: { chunk_size: 50 } }));
    const one = new ChunkingPool({ threads: 1 });
    const started = performance.now();
    await one.preview({ parsed, plans: plans.slice(0, 2), counter, limit: 3 }, alone());
    const twoPlansMs = performance.now() - started;
    await expect(one.preview({ parsed, plans, counter, limit: 3 }, { signal: AbortSignal.timeout(20) })).rejects.toThrow('timeout');
    const left = performance.now();
    await all(one.chunks(textOf(LINE), alone()));
    expect(performance.now() - left).toBeLessThan(twoPlansMs * 10);
    await one.stop();
  });

  it('give no text to a thread that works on what nobody wants any more while another is free', async () => {
    const two = new ChunkingPool({ threads: 2, stepSeconds: 3_600 });
    await all(two.chunks(textOf(LINE), alone()));
    const parsed = { text: 'H4NG', mimeType: 'text/plain', spans: '{}' };
    const preview = two.preview({ parsed, plans: [{ strategy: 'sentence' }], counter, limit: 3 }, { signal: AbortSignal.timeout(200) });
    await expect(preview).rejects.toThrow('timeout');
    for (let texts = 0; texts < 3; texts++) expect(await all(two.chunks(textOf(LINE), alone()))).toHaveLength(1);
    await two.stop();
  });

  it('that are stopped reject what they had in hand, and whatever comes', async () => {
    const inHand = expect(chunksOf(LARGE)).rejects.toThrow();
    await pool.stop();
    await inHand;
    await expect(chunksOf(LINE)).rejects.toThrow('stopped');
  });
});

async function* slowly<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of items) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield item;
  }
}

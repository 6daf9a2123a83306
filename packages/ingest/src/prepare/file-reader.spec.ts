import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Spans } from '../../dist/prepare/chunking-messages.js';
import { FileReader, plainText } from '../../dist/prepare.js';

const alone = () => ({ signal: new AbortController().signal });

describe('reading files in a thread', () => {
  let reader: FileReader;
  beforeEach(() => {
    reader = new FileReader();
  });
  afterEach(() => reader.stop());

  it('gives their text, and where things are in it', async () => {
    const { text, mimeType, pages, spans, metadata } = await reader.read(Buffer.from('---\ntitle: A guide\n---\n# Guide\n\nWords.\n'), {
      fileName: 'guide.md',
      ...alone(),
    });
    expect([mimeType, pages, metadata.title]).toEqual(['text/markdown', null, 'A guide']);
    expect((JSON.parse(spans) as Spans).headings).toEqual([{ level: 1, title: 'Guide', start: text.indexOf('# Guide') }]);
  });

  it('reads a text by the type that it is said to have', async () => {
    const { mimeType, spans } = await reader.read('Title\n=====\n\nWords.\n', { mimeType: 'text/markdown', ...alone() });
    expect([mimeType, (JSON.parse(spans) as Spans).headings?.length]).toEqual(['text/markdown', 1]);
  });

  it('refuses what cannot be read, in words for people', async () => {
    await expect(reader.read(Buffer.from('%PDF-1.7 and nothing else'), { fileName: 'a.pdf', ...alone() })).rejects.toMatchObject({
      name: 'PermanentJobError',
      code: 'file_damaged',
    });
    await expect(reader.read(new Uint8Array(), { fileName: 'a.txt', ...alone() })).rejects.toMatchObject({ code: 'file_empty' });
  });

  it('refuses what takes too much; what took too long may be tried again', async () => {
    const bytes = Buffer.from(`${'{"a": '.repeat(4_000)}1${'}'.repeat(4_000)}`);
    const limits = { memoryMb: 1_024, cpuSeconds: 60, wallSeconds: 180, outputBytes: 10 };
    await expect(reader.read(bytes, { fileName: 'a.json', childLimits: limits, ...alone() })).rejects.toMatchObject({ code: 'file_too_costly' });
    const hurried = { ...limits, wallSeconds: 0.01 };
    await expect(reader.read(bytes, { fileName: 'a.json', childLimits: hurried, ...alone() })).rejects.toMatchObject({
      name: 'ChildEndedError',
      reason: 'time',
    });
  });

  it('ends when nobody wants the text any more', async () => {
    const controller = new AbortController();
    const reading = reader.read(Buffer.from('text'), { fileName: 'a.txt', signal: controller.signal });
    setTimeout(() => controller.abort(new Error('cancelled')), 20);
    await expect(reading).rejects.toThrow('cancelled');
    expect((await reader.read(Buffer.from('text'), { fileName: 'a.txt', ...alone() })).text).toBe('text');
  });

  it('leaves the event loop alone', async () => {
    await reader.read(Buffer.from('text'), { fileName: 'a.txt', ...alone() });
    const bytes = Buffer.from('Some words of a line.\n'.repeat(500_000));
    const before = performance.eventLoopUtilization();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    expect((await reader.read(bytes, { fileName: 'a.txt', ...alone() })).text.length).toBe(bytes.length);
    delay.disable();
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  });

  it('rejects what it had in hand when it is stopped, and whatever comes', async () => {
    const inHand = expect(reader.read(Buffer.from('text'), { fileName: 'a.txt', ...alone() })).rejects.toThrow();
    await reader.stop();
    await inHand;
    await expect(reader.read(Buffer.from('text'), { fileName: 'a.txt', ...alone() })).rejects.toThrow('stopped');
  });
});

describe('a plain text', () => {
  it('stays as it is, so that offsets are those of its sender', () => {
    const text = ' \r\nTwo\r\nlines\t\ufeff and 👋🏽 \r';
    expect(plainText(text)).toEqual({ text, mimeType: 'text/plain', spans: '{}', pages: null, metadata: {} });
  });

  it('loses what no database takes, and keeps its length', () => {
    expect(plainText('a\0b\ud800c👋').text).toBe('a b\ufffdc👋');
  });

  it('is refused when it is longer than any file may be', () => {
    expect(() => plainText('a'.repeat(20_000_001))).toThrow('holds too much text');
  });
});

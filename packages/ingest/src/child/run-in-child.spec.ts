import { describe, expect, it } from '@jest/globals';
import { canLimitMemory } from './child-limits.js';
import { runInChild } from './run-in-child.js';

const entry = new URL('../fixtures/wayward.process.mjs', import.meta.url);
const LIMITS = { memoryMb: 400, cpuSeconds: 30, wallSeconds: 30, outputBytes: 1_000_000 };

const run = (way: string, limits: Partial<typeof LIMITS> = {}, bytes: Uint8Array = Buffer.from('hello')) =>
  runInChild({ entry, options: { way }, bytes, limits: { ...LIMITS, ...limits } });

describe('work in a child process', () => {
  it('gets bytes and gives an answer, without our environment or folder', async () => {
    expect(await run('echo')).toEqual({ said: 'hello', env: {}, folder: '/' });
  });

  it('may print what it likes', async () => {
    expect(await run('chatter')).toBe('heard');
  });

  it('that refuses its input says so as if it had been done here', async () => {
    await expect(run('refuse')).rejects.toMatchObject({ name: 'PermanentJobError', code: 'image_damaged', message: 'This image cannot be read.' });
  });

  it.each(['throw', 'leave', 'die', 'babble'])('that breaks down is an error like any other: %s', async (way) => {
    await expect(run(way)).rejects.toMatchObject({
      name: 'ChildEndedError',
      reason: 'crash',
      message: 'The process that was reading this file broke down.',
    });
  });

  it('that ends without having read its input is no different', async () => {
    await expect(run('leave', {}, Buffer.alloc(50_000_000))).rejects.toMatchObject({ reason: 'crash' });
  });

  it('that hangs is killed when its time is over', async () => {
    const message = 'Reading this file took longer than 1 seconds, so it was given up.';
    await expect(run('hang', { wallSeconds: 1 })).rejects.toMatchObject({ reason: 'time', message });
  });

  it('that says too much is cut off', async () => {
    await expect(run('flood')).rejects.toMatchObject({ reason: 'output', message: 'Reading this file gives more than 1 MB of text, so it was given up.' });
  });

  it('that answers with more values than any file has is not believed, and no memory is spent on them', async () => {
    const before = process.memoryUsage().heapTotal;
    await expect(run('crumble', { outputBytes: 100_000_000 })).rejects.toMatchObject({ reason: 'crash' });
    expect(process.memoryUsage().heapTotal - before).toBeLessThan(200_000_000);
    // What looks like values in a text is none.
    expect(await run('quote', { outputBytes: 100_000_000 })).toBe('\\"{},'.repeat(3_000_000));
  });

  it('is killed when its caller no longer wants it', async () => {
    const caller = new AbortController();
    const hanging = runInChild({ entry, options: { way: 'hang' }, bytes: Buffer.alloc(0), limits: LIMITS, signal: caller.signal });
    caller.abort(new Error('no longer wanted'));
    await expect(hanging).rejects.toThrow('no longer wanted');
  });

  const limited = canLimitMemory ? it : it.skip;

  limited('that computes for ever is ended by the system', async () => {
    const message = 'Reading this file takes more than 1 seconds of computing, so it was given up.';
    await expect(run('spin', { cpuSeconds: 1 })).rejects.toMatchObject({ reason: 'cpu', message });
  });

  limited('that hoards buffers runs out of memory, and we do not', async () => {
    const before = process.memoryUsage().rss;
    const message = 'Reading this file needs more than 400 MB of memory, so it was given up.';
    await expect(run('hoard')).rejects.toMatchObject({ reason: 'memory', message });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    expect(await run('hoard', { memoryMb: 1_500 })).toBe(40);
  });

  limited('cannot write a file', async () => {
    await expect(run('write')).rejects.toMatchObject({ reason: 'crash' });
  });
});

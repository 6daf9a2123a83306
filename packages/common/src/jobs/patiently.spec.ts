import { expect, test } from '@jest/globals';
import { pause } from './patiently.js';

const LONG_MS = 60_000;

async function millisecondsOf(work: Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

test('a pause ends when its signal is aborted', async () => {
  const ended = new AbortController();
  const waiting = millisecondsOf(pause(LONG_MS, ended.signal));
  setImmediate(() => ended.abort());
  expect(await waiting).toBeLessThan(LONG_MS / 10);
});

test('a pause whose signal was aborted before it began is none: a wake-up that came a moment too early is not lost', async () => {
  expect(await millisecondsOf(pause(LONG_MS, AbortSignal.abort()))).toBeLessThan(LONG_MS / 10);
});

test('a pause without a signal ends by itself', async () => {
  expect(await millisecondsOf(pause(20))).toBeGreaterThan(10);
});

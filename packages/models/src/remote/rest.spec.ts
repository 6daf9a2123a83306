import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Rest } from './rest.js';

const over = async (rest: Rest) => {
  while (rest.reason !== undefined) await pause(5);
};

it('begins after some failures in a row, and any success begins them anew', () => {
  const rest = new Rest({ failures: 3, firstMs: 60_000, longestMs: 60_000 });
  for (const failure of ['a', 'b']) rest.failed(failure);
  rest.worked();
  for (const failure of ['c', 'd']) rest.failed(failure);
  expect(rest.reason).toBeUndefined();
  rest.failed('e');
  expect(rest.reason).toBe('e');
});

it('lasts twice as long when the next one fails too, but not for those that came together', async () => {
  const rest = new Rest({ failures: 2, firstMs: 40, longestMs: 60_000 });
  const began = performance.now();
  for (const failure of ['a', 'b', 'c', 'd']) rest.failed(failure);
  await over(rest);
  expect(performance.now() - began).toBeLessThan(5_000); // 40 ms; doubled for each of them it would be as long as it can get after a while
  expect(rest.reason).toBeUndefined();
  const again = performance.now();
  rest.failed('e');
  expect(rest.reason).toBe('e');
  await over(rest);
  expect(performance.now() - again).toBeGreaterThanOrEqual(79);
});

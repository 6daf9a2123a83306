import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { WordMemory } from './word-memory.js';

function megabytesInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1e6;
}

it('a word that is remembered does not keep the text in memory that it is from', () => {
  const memory = new WordMemory();
  const before = megabytesInUse();
  for (let at = 0; at < 20; at++) {
    const text = Buffer.from(`extraordinarily${String.fromCharCode(97 + at)} ${'word '.repeat(1_000_000)}`).toString();
    expect(memory.idsOf(text.slice(0, 16), () => [at])).toEqual([at]);
  }
  expect(megabytesInUse() - before).toBeLessThan(30);
  expect(memory.idsOf('extraordinarilya', () => [-1])).toEqual([0]);
});

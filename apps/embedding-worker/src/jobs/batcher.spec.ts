import { DependencyError } from '@cairn/common';
import { expect, test } from '@jest/globals';
import { Batcher } from './batcher.js';

/** A service whose answers wait until they are let go. */
function held() {
  const batches: number[][] = [];
  const open: (() => void)[] = [];
  const run = (items: number[]) => {
    batches.push(items);
    return new Promise<number[]>((resolve) => open.push(() => resolve(items.map((item) => item * 10))));
  };
  return { batches, run, letGo: () => open.shift()?.() };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what arrives in one turn goes together, and each gets its own answer', async () => {
  const { batches, run, letGo } = held();
  const batcher = new Batcher(run, { lanes: 1, max: 100 });
  const answers = [1, 2, 3].map((item) => batcher.add(item));
  await turn();
  letGo();
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
  expect(batches).toEqual([[1, 2, 3]]);
});

test('what arrives while every lane is busy waits for a free one, and then goes together', async () => {
  const { batches, run, letGo } = held();
  const batcher = new Batcher(run, { lanes: 2, max: 3 });
  const answers: Promise<number>[] = [];
  for (let item = 1; item <= 8; item++) {
    answers.push(batcher.add(item));
    await turn();
  }
  expect(batches).toEqual([[1], [2]]);
  letGo();
  await turn();
  expect(batches.slice(2)).toEqual([[3, 4, 5]]);
  for (let left = 0; left < 4; left++) {
    letGo();
    await turn();
  }
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
});

test('one refused item fails alone', async () => {
  const run = async (items: number[]) => {
    if (items.includes(2)) throw new Error('2 is refused');
    return items;
  };
  const batcher = new Batcher(run, { lanes: 1, max: 100 });
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('an outage fails the whole batch at once, without asking again for each', async () => {
  let calls = 0;
  const run = async (): Promise<number[]> => {
    calls++;
    throw new DependencyError('pg', 'away');
  };
  const batcher = new Batcher(run, { lanes: 1, max: 100 });
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(calls).toBe(1);
});

import { expect, test } from '@jest/globals';
import { inBatches, inLanes } from './in-lanes.js';

test('every item is worked through once, never more at once than there are lanes', async () => {
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  await inLanes([1, 2, 3, 4, 5], 2, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    done.push(item);
    underWay -= 1;
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('after a failure nothing new is begun, and what was begun has ended before the error is thrown', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error('first');
    await new Promise(setImmediate);
    ended.push(item);
  };
  await expect(inLanes([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});

test('batches keep the order and lose nothing', () => {
  expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inBatches([], 2)).toEqual([]);
});

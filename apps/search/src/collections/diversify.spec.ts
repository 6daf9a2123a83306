import { expect, it } from '@jest/globals';
import { diversify } from './diversify.js';

const near = Float32Array.of(1, 0);
const like = Float32Array.of(0.99, Math.sqrt(1 - 0.99 ** 2));
const other = Float32Array.of(0, 1);
const candidates = [
  { score: 0.9, vector: near },
  { score: 0.89, vector: like },
  { score: 0.5, vector: other },
];

it('X2: near duplicates move behind what differs, the more the more that counts', () => {
  expect(diversify(candidates, 0.7)).toEqual([0, 2, 1]);
  expect(diversify(candidates, 0)).toEqual([0, 1, 2]);
});

it('X2: what has no vector, or one of another model, is like nothing', () => {
  const mixed = [...candidates, { score: 0.6, vector: Float32Array.of(1, 0, 0) }, { score: 0.55, vector: undefined }];
  expect(diversify(mixed, 0.9).slice(0, 3)).toEqual([0, 3, 4]);
  expect(diversify([], 0.5)).toEqual([]);
  expect(diversify(mixed, 1)).toHaveLength(5);
});

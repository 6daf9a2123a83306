import { describe, expect, it } from '@jest/globals';
import { TextLikeVectors } from './text-like-vectors.js';

const DIMENSION = 384;

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0);
const many = (seed: number, count: number): Float32Array[] => {
  const source = new TextLikeVectors(seed, DIMENSION);
  return Array.from({ length: count }, () => source.next());
};

describe('vectors like those of texts', () => {
  it('have the length 1 and are the same for a seed', () => {
    for (const vector of many(3, 20)) expect(cosine(vector, vector)).toBeCloseTo(1, 5);
    expect(many(3, 5)).toEqual(many(3, 5));
    expect(many(3, 5)).not.toEqual(many(4, 5));
  });

  it('have near neighbours, also those of another seed, as texts and questions have', () => {
    const texts = many(1, 1_000);
    const nearest = many(2, 10).map((question) => Math.max(...texts.map((text) => cosine(question, text))));
    expect(Math.min(...nearest)).toBeGreaterThan(0.4); // of wholly random vectors it would be below 0.2
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mockEmbedding } from './mock-embedding.js';

const TEXTS = ['A stone on a hill.', 'A stone on a hill', 'a stone on a hill.', '', '页-1😀', ...Array.from({ length: 200 }, (_, at) => `text ${at}`)];
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, number, at) => sum + number * (b[at] as number), 0);

describe('what the mock model makes of a text', () => {
  it('E3: has golden bytes', () => {
    const { vector } = mockEmbedding('A stone on a hill.');
    expect([...vector.slice(0, 4)].map((value) => value.toFixed(8))).toEqual(['-0.08613786', '-0.03171593', '-0.05021080', '0.00140336']);
    expect(createHash('sha256').update(Buffer.from(vector.buffer)).digest('hex')).toBe('18acfdb366fe6990a1da62c2792b2e8ff4b182e877effe5986f84fffa029c4b8');
  });

  it('E3: is 384 numbers of length one, near to those of no other text', () => {
    const vectors = TEXTS.map((text) => mockEmbedding(text).vector);
    for (const [at, vector] of vectors.entries()) {
      expect(vector.length).toBe(384);
      expect(dot(vector, vector)).toBeCloseTo(1, 6);
      for (const other of vectors.slice(at + 1)) expect(Math.abs(dot(vector, other))).toBeLessThan(0.4);
    }
  });

  it('E3: is said to be of the whole text, however long', () => {
    expect(mockEmbedding('one two three')).toMatchObject({ tokens: 4, readTokens: 4 });
    const { tokens, readTokens } = mockEmbedding('word '.repeat(50_000));
    expect([tokens, readTokens]).toEqual([50_000, 50_000]);
  });
});

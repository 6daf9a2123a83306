import { describe, expect, it } from '@jest/globals';
import { compareTokens } from './late-interaction.js';

/** Rows of tokens of two numbers, padded with what must not count. */
function score(rows: [number, number][][]): number[] {
  const width = Math.max(...rows.map(({ length }) => length));
  const padded = rows.flatMap((row) => Array.from({ length: width }, (_, at) => row[at] ?? [9, 9]));
  const values = Float32Array.from(padded.flat());
  return Array.from(compareTokens({ values, lengths: Int32Array.from(rows, ({ length }) => length), width, dimension: 2 }));
}

const MARK: [number, number] = [0.3, -5];
const text = (...tokens: [number, number][]) => [MARK, ...tokens, MARK];

describe('late interaction', () => {
  it('is the mean of each query token’s best match, markers and padding left out', () => {
    const [near, far, mixed] = score([text([1, 0], [0, 1]), text([2, 0], [0, 3]), text([-1, 0]), text([1, 0], [1, 1], [5, 5], [-1, -1])]);
    expect(near).toBeCloseTo(1);
    expect(far).toBeCloseTo(-0.5);
    expect(mixed).toBeCloseTo((1 + Math.SQRT1_2) / 2);
  });

  it('a row’s score does not depend on the other rows', () => {
    const query = text([1, 2], [3, -1]);
    const rows = [text([1, 1]), text([0, 2], [1, -4], [2, 2]), text([-1, 0], [0.5, 0.1])];
    const together = score([query, ...rows]);
    for (const [at, row] of rows.entries()) expect(score([query, row])[0]).toBeCloseTo(together[at] as number, 6);
  });

  it('a row of markers only still has a score', () => {
    expect(score([[MARK, MARK], text([1, 0])]).every(Number.isFinite)).toBe(true);
  });
});

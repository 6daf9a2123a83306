import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { makeEnsemble } from './ensemble.js';
import { mixVectors, NoDirectionError, weightedMean } from './weighted-mean.js';

const ensembleOf = (dimensions: number[], weights?: number[], dimension?: number) =>
  makeEnsemble({
    models: dimensions.map((own, at) => ({
      id: `m${at}`,
      aliases: [],
      kind: 'onnx',
      version: 'v1',
      dimension: own,
      shorterDimensions: dimension ? [dimension] : [],
    })),
    weights,
    dimension,
  });
const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

/** The definition, slowly: vᵢ/|vᵢ|, times wᵢ, added up, over its length. */
function byDefinition(vectors: number[][], weights: number[]): number[] {
  const units = vectors.map((vector) => vector.map((value) => value / Math.hypot(...vector)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sum = units[0]?.map((_, i) => units.reduce((all, unit, at) => all + ((weights[at] as number) / total) * (unit[i] as number), 0)) ?? [];
  return sum.map((value) => value / Math.hypot(...sum));
}

const DIMENSION = 5;
const vector = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: DIMENSION, maxLength: DIMENSION }).filter((v) => Math.hypot(...v) > 0.01);
const mixture = fc.integer({ min: 2, max: 4 }).chain((models) =>
  fc.record({
    vectors: fc.array(vector, { minLength: models, maxLength: models }),
    weights: fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: models, maxLength: models }),
  }),
);

describe('the weighted mean of several models', () => {
  it('E11: equals the mean computed by hand', () => {
    // (3,4)/5 = (0.6, 0.8) and (10,0)/10 = (1, 0); 3/4 and 1/4 of them are (0.7, 0.6), of length sqrt(0.85)
    const mean = weightedMean(ensembleOf([2, 2], [3, 1]), [Float32Array.of(3, 4), Float32Array.of(10, 0)]);
    expect([...(mean as Float32Array)]).toEqual([Math.fround(0.7 / Math.sqrt(0.85)), Math.fround(0.6 / Math.sqrt(0.85))]);
  });

  it('E11: equals the definition for any vectors and weights, and has length one', () => {
    fc.assert(
      fc.property(mixture, ({ vectors, weights }) => {
        const expected = byDefinition(vectors, weights);
        const mean = weightedMean(
          ensembleOf(
            vectors.map(() => DIMENSION),
            weights,
          ),
          vectors.map((values) => Float32Array.from(values)),
        );
        if (mean === undefined) return; // they cancel out
        expect(lengthOf(mean)).toBeCloseTo(1, 6);
        for (const [i, value] of expected.entries()) expect(mean[i]).toBeCloseTo(value, 5);
      }),
    );
  });

  it('E11: neither the lengths of the vectors nor the scale of the weights matter', () => {
    fc.assert(
      fc.property(mixture, ({ vectors, weights }) => {
        const dimensions = vectors.map(() => DIMENSION);
        const floats = vectors.map((values) => Float32Array.from(values));
        const plain = weightedMean(ensembleOf(dimensions, weights), floats);
        const scaled = weightedMean(
          ensembleOf(
            dimensions,
            weights.map((weight) => weight * 1e9),
          ),
          floats.map((values, at) => values.map((value) => value * 2 ** at)),
        );
        for (const [i, value] of plain?.entries() ?? []) expect(scaled?.[i]).toBeCloseTo(value, 5);
      }),
    );
  });

  it('E11: the vector of a single model stays what it is, bit for bit', () => {
    const alone = Float32Array.of(0.1, 0.7, 0.2);
    expect(weightedMean(ensembleOf([3]), [alone])).toBe(alone);
  });

  it('E11: longer vectors are cut to the common dimension and brought to length one before they are mixed', () => {
    const mean = weightedMean(ensembleOf([4, 2], [1, 1], 2), [Float32Array.of(3, 4, 100, 100), Float32Array.of(1, 0)]);
    const expected = byDefinition(
      [
        [3, 4],
        [1, 0],
      ],
      [1, 1],
    );
    expect([...(mean as Float32Array)]).toEqual(expected.map(Math.fround));
    expect([...(weightedMean(ensembleOf([4], [1], 2), [Float32Array.of(3, 4, 100, 100)]) as Float32Array)]).toEqual([0.6, 0.8].map(Math.fround));
  });

  it('E11: a text whose vectors cancel out is named by its index, and the others are mixed', () => {
    const [up, down, right] = [Float32Array.of(0, 1), Float32Array.of(0, -1), Float32Array.of(1, 0)];
    const { vectors, failures } = mixVectors(ensembleOf([2, 2]), [
      [up, up, right],
      [up, down, up],
    ]);
    expect(vectors.map((mixed) => mixed && [...mixed])).toEqual([[0, 1], undefined, [Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]]);
    expect(failures).toEqual([expect.any(NoDirectionError)]);
    expect(failures[0]).toMatchObject({ index: 1, message: expect.stringContaining('The vectors of text 1 have no common direction') });
  });

  it.each([
    ['nothing but zeros', [0, 0, 5]],
    ['NaN', [Number.NaN, 1, 0]],
  ])('E11: a vector that holds %s in what is kept of it has no direction', (_, values) => {
    const mixed = mixVectors(ensembleOf([3, 2], [1, 1], 2), [[Float32Array.from(values)], [Float32Array.of(1, 0)]]);
    expect([mixed.vectors, mixed.failures.map(({ index }) => index)]).toEqual([[undefined], [0]]);
  });

  it('E11: opposite vectors of unequal weight still have a direction', () => {
    expect([...(weightedMean(ensembleOf([2, 2], [0.6, 0.4]), [Float32Array.of(0, 1), Float32Array.of(0, -1)]) as Float32Array)]).toEqual([0, 1]);
  });
});

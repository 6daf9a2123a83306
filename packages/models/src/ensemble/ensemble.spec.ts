import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_MODEL, findKnownModel, type ModelName } from '../catalogue.js';
import { makeEnsemble } from './ensemble.js';

const model = (id: string, dimension: number, shorterDimensions?: number[]): ModelName => ({
  id,
  aliases: [],
  kind: 'onnx',
  version: 'v1',
  dimension,
  ...(shorterDimensions ? { shorterDimensions } : {}),
});
const [A, B, C] = [model('a', 384), model('b', 384), model('c', 768, [512, 384, 256])];
const known = (id: string) => findKnownModel(id) as ModelName;
const weightsOf = (weights?: number[]) => makeEnsemble({ models: [A, B], weights }).members.map(({ weight }) => weight);

describe('the settings of an ensemble', () => {
  it('E11: models count the same unless weights are given, and weights are scaled to a sum of 1', () => {
    expect(weightsOf()).toEqual([0.5, 0.5]);
    expect(weightsOf([3, 1])).toEqual([0.75, 0.25]);
    expect(weightsOf([0, 7])).toEqual([0, 1]);
  });

  it('E11: weights of any size end with a sum of 1 and keep their proportions', () => {
    const weight = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 6 }), (weights) => {
        fc.pre(Math.max(...weights) > 0);
        const models = weights.map((_, at) => model(`m${at}`, 8));
        const shares = makeEnsemble({ models, weights }).members.map((member) => member.weight);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        const largest = weights.indexOf(Math.max(...weights));
        for (const [at, share] of shares.entries()) {
          expect(share / (shares[largest] as number)).toBeCloseTo((weights[at] as number) / (weights[largest] as number), 12);
        }
      }),
    );
  });

  it.each([
    ['no model', { models: [] }, 'An ensemble needs at least one model.'],
    ['a model twice', { models: [A, B, A] }, 'The model a is in the ensemble twice'],
    ['too few weights', { models: [A, B], weights: [1] }, 'There are 1 weights for 2 models.'],
    ['too many weights', { models: [A], weights: [1, 1] }, 'There are 2 weights for 1 models.'],
    ['a negative weight', { models: [A, B], weights: [1, -0.5] }, 'A weight is -0.5.'],
    ['a weight that is no number', { models: [A, B], weights: [Number.NaN, 1] }, 'A weight is NaN.'],
    ['an infinite weight', { models: [A, B], weights: [1, Number.POSITIVE_INFINITY] }, 'A weight is Infinity.'],
    ['nothing but zeros', { models: [A, B], weights: [0, 0] }, 'All weights are 0.'],
  ])('E11: refuses %s', (_, settings, message) => {
    const refused = expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) });
    expect(() => makeEnsemble(settings)).toThrow(refused as unknown as Error);
  });

  it('E11: models of one dimension need no common one', () => {
    expect(makeEnsemble({ models: [A, B] }).dimension).toBe(384);
    expect(makeEnsemble({ models: [C] }).dimension).toBe(768);
  });

  it('E11: the default of seed 3 mixes 384 and 768 numbers, and is refused with each model and its dimension', () => {
    const models = [BUILT_IN_MODEL, known('bge-small-en-v1.5'), known('nomic-embed-text-v1.5')];
    expect(() => makeEnsemble({ models })).toThrow(
      'The vectors of these models have different dimensions and cannot be mixed: all-MiniLM-L6-v2 (384), bge-small-en-v1.5 (384), nomic-embed-text-v1.5 (768). ' +
        'They have no dimension in common: choose other models.',
    );
    const shortened = { ...known('nomic-embed-text-v1.5'), shorterDimensions: [512, 384] };
    expect(makeEnsemble({ models: [...models.slice(0, 2), shortened], dimension: 384 }).dimension).toBe(384);
  });

  it('E11: different dimensions are refused with those that all models support', () => {
    expect(() => makeEnsemble({ models: [A, C] })).toThrow('a (384), c (768). Choose a dimension that all of them support: 384.');
    expect(makeEnsemble({ models: [A, C], dimension: 384 }).dimension).toBe(384);
  });

  it('E11: a common dimension that a model does not support is refused, with what it does support', () => {
    expect(() => makeEnsemble({ models: [A, C], dimension: 256 })).toThrow(
      'The dimension 256 is not one of those that these models support: a (384). Choose a dimension that all of them support: 384.',
    );
    expect(() => makeEnsemble({ models: [C], dimension: 100 })).toThrow('these models support: c (768, 512, 384, 256).');
  });
});

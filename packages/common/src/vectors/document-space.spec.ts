import { expect, test } from '@jest/globals';
import { QUANTIZATIONS } from '../collections/collection-words.js';
import { documentSpaceOf, modelSpaceOf, quantizationOf } from './document-space.js';

const MODEL_SPACE = 'all-MiniLM-L6-v2_v1_384_f32';

test.each(QUANTIZATIONS)('documents kept as %s have a space of their own, whose model is known by its name', (quantization) => {
  const space = documentSpaceOf(MODEL_SPACE, quantization);
  expect(space).not.toBe(MODEL_SPACE);
  expect(modelSpaceOf(space)).toBe(MODEL_SPACE);
  expect(quantizationOf(space)).toBe(quantization);
});

test('the space of single vectors is its own, and says nothing of how they are kept', () => {
  expect(modelSpaceOf(MODEL_SPACE)).toBe(MODEL_SPACE);
  expect(quantizationOf(MODEL_SPACE)).toBeUndefined();
});

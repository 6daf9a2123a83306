import { describe, expect, it } from '@jest/globals';
import { feedsOf, shapeOf, unknownInputs } from './model-inputs.js';

const input = (name: string, shape: (string | number)[] = ['batch', 'sequence'], type = 'int64') => ({
  name,
  isTensor: true as const,
  type: type as 'int64',
  shape,
});
const rows = { ids: Int32Array.of(7, 8, 9, 5), lengths: Int32Array.of(3, 1) };
const numbers = (name: string) => Array.from(feedsOf({ inputMetadata: [input(name)] }, shapeOf(rows))[name]?.data as BigInt64Array, Number);

describe('what a model is given', () => {
  it('rows are padded on the right, and places are counted from the left', () => {
    expect(numbers('input_ids')).toEqual([7, 8, 9, 5, 0, 0]);
    expect(numbers('attention_mask')).toEqual([1, 1, 1, 1, 0, 0]);
    expect(numbers('position_ids')).toEqual([0, 1, 2, 0, 1, 2]);
    expect(numbers('token_type_ids')).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each(['float32', 'float16'])('a decoder that keeps what came before in %s is given nothing before', (type) => {
    const past = input('past_key_values.27.value', ['batch_size', 8, 'past_sequence_length', 128], type);
    expect(feedsOf({ inputMetadata: [past] }, shapeOf(rows))[past.name]).toMatchObject({ type, dims: [2, 8, 0, 128] });
    expect(() => feedsOf({ inputMetadata: [{ ...past, type: 'bool' }] }, shapeOf(rows))).toThrow('past_key_values.27.value is of the type bool');
  });

  it('other inputs are named', () => {
    expect(unknownInputs(['input_ids', 'past_key_values.0.key', 'pixels', 'past_key_values.0.length'])).toEqual(['pixels', 'past_key_values.0.length']);
  });
});

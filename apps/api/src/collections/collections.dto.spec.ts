import { validatorOf } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { CreateCollectionDto } from './collections.dto.js';

describe('the body that makes a collection', () => {
  it.each(['   ', '\t\n'])('T11: says of a blank name that it is blank', (name) => {
    expect(() => validatorOf(CreateCollectionDto, { from: 'body' })({ name })).toThrow('name must not be blank');
  });
});

import { expect, it } from '@jest/globals';
import { mpnetBucket } from '../fixtures/plain-encoder.js';
import { bucketOf } from './relative-position.js';

it('every distance that MPNet can meet falls into the bucket of its publication', () => {
  for (let offset = -511; offset <= 511; offset++) expect([offset, bucketOf(offset, 32)]).toEqual([offset, mpnetBucket(0, offset)]);
});

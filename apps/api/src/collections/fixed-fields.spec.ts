import type { CollectionView } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { collectionAnswer } from './collection-answer.js';
import type { UpdateCollectionDto } from './collections.dto.js';
import { assertFixedStay } from './fixed-fields.js';

const VIEW = {
  type: 'mixed',
  ownerId: 7,
  status: 'ready',
  index: { model: 'all-MiniLM-L6-v2', storeName: 'store', chunkSize: 1_000, chunkingConfig: {} },
} as unknown as CollectionView;

describe('what of a collection is fixed', () => {
  it('K6: may be sent back as it was read', () => {
    expect(() => assertFixedStay(VIEW, {})).not.toThrow();
    expect(() => assertFixedStay(VIEW, collectionAnswer(VIEW) as unknown as UpdateCollectionDto)).not.toThrow();
    expect(() => assertFixedStay(VIEW, { ...collectionAnswer(VIEW), status: 'pending' } as unknown as UpdateCollectionDto)).not.toThrow();
  });

  it.each([
    ['type', 'documents'],
    ['vector_store_name', 'another'],
    ['owner_id', 8],
    ['chunk_size', 500],
    ['embedding_model', 'mock'],
    ['chunking_profile', 'handbooks'],
  ])('K6: is refused by its name with another value: %s', (field, value) => {
    const refused = expect.objectContaining({ status: 400, message: expect.stringContaining(field), errors: [expect.objectContaining({ path: field })] });
    expect(() => assertFixedStay(VIEW, { [field]: value })).toThrow(refused as unknown as Error);
  });
});

import type { CollectionSearchDto } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { planOf } from './search-plan.js';

const SEARCH: CollectionSearchDto = { query: 'x', collection_uuids: ['b', 'a'], filters: { lang: 'de', year: { $gte: 2020 } } };
const { collection_uuids: collections, filters, ...PLAIN } = SEARCH;
const fingerprintOf = (search: object) => planOf(search).fingerprint;

describe('the fingerprint of a search', () => {
  it.each<[string, object]>([
    ['collections by their other name, in another order', { ...PLAIN, collection_ids: ['a', 'b'], filters }],
    ['what counts anyway', { ...SEARCH, search_mode: 'hybrid', k: 10, fusion: 'auto', group_by: 'none', diversity: 0, use_reranker: false }],
    ['conditions in another order', { ...SEARCH, filters: { year: { $gte: 2020 }, lang: 'de' } }],
    ['the filter by its other name', { ...PLAIN, collection_uuids: collections, metadata_filter: filters }],
    ['an empty filter besides', { ...SEARCH, metadata_filter: {} }],
    ['the question in a list', { queries: ['x'], collection_uuids: collections, filters }],
    ['what only changes how hits are shown', { ...SEARCH, highlight: true, explain: true, include_parent: true }],
  ])('Q8: is the same with %s', (_, search) => {
    expect(fingerprintOf(search)).toBe(fingerprintOf(SEARCH));
  });

  it.each<[string, object]>([
    ['another question', { query: 'y' }],
    ['other collections', { collection_uuids: ['a'] }],
    ['all collections', { collection_uuids: undefined }],
    ['another mode', { search_mode: 'dense' }],
    ['another filter', { filters: { lang: 'de', year: { $gte: 2021 } } }],
    ['no filter', { filters: {} }],
    ['other hits at once', { k: 11 }],
    ['another threshold', { score_threshold: 0 }],
    ['a reranker', { use_reranker: true }],
    ['another reranker', { use_reranker: true, rerank_model: 'm' }],
    ['an example', { example_ids: ['e'] }],
  ])('Q8: is another one with %s', (_, change) => {
    expect(fingerprintOf({ ...SEARCH, ...change })).not.toBe(fingerprintOf(SEARCH));
  });

  it('Q8: takes an empty filter for none', () => {
    expect(planOf({ query: 'x', filters: {} })).toMatchObject({ filter: undefined, fingerprint: fingerprintOf({ query: 'x' }) });
  });
});

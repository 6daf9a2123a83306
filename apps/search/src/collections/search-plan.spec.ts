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

const plan = (more: CollectionSearchDto) => planOf({ query: 'what?', ...more });
const weights = { dense: 0.7, sparse: 0.3 };

describe('what a search is', () => {
  it.each<[string, CollectionSearchDto]>([
    ['an offset with a cursor', { offset: 1, cursor: 'x' }],
    ['an offset to more than 10,000 hits', { offset: 9_991 }],
    ['weights that are both 0', { weights: { dense: 0, sparse: 0 } }],
    ['weights where the search finds its own', { weights, fusion: 'auto' }],
    ['weights where there is nothing to join', { weights, search_mode: 'keyword' }],
  ])('T11: is never %s', (_, more) => {
    expect(() => plan(more)).toThrow(expect.objectContaining({ code: 'invalid_input', errors: [expect.anything()] }));
  });

  it('Q6: with weights is joined by ranks, unless it says how', () => {
    expect(plan({ weights })).toMatchObject({ fusion: 'rrf', rrfK: 60, weights });
    expect(plan({ weights, fusion: 'dbsf' }).fusion).toBe('dbsf');
    expect(plan({})).toMatchObject({ fusion: 'auto', weights: undefined });
  });

  it('Q8: is the same on all of its pages', () => {
    const { fingerprint } = plan({ weights });
    expect(plan({ weights, offset: 20, explain: true }).fingerprint).toBe(fingerprint);
    expect(plan({ weights: { ...weights, dense: 0.6 } }).fingerprint).not.toBe(fingerprint);
    expect(plan({ offset: 9_990 }).offset).toBe(9_990);
  });
});

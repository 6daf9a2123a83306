import { CairnError } from '@cairn/common/contracts';
import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../fixtures/simple-tokeniser.js';
import { CHUNKERS, chunkingOptions, makeChunker } from './registry.js';

function fieldsOf(strategy: string, options?: unknown): string[] {
  try {
    makeChunker({ strategy, options }, { tokeniser: simpleTokeniser });
  } catch (error) {
    if (error instanceof CairnError && error.code === 'invalid_input') return (error.errors ?? []).map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('the options of a chunker', () => {
  it('U1: are the seed’s where nothing is said', () => {
    expect(chunkingOptions({ strategy: 'tokens' })).toEqual({ chunk_size: 1_000, chunk_overlap: 200 });
    expect(chunkingOptions({ strategy: 'tokens', options: { chunk_size: null, chunk_overlap: null } })).toEqual({ chunk_size: 1_000, chunk_overlap: 200 });
  });

  it('U1: overlap by a fifth where only the size is said', () => {
    expect(chunkingOptions({ strategy: 'recursive', options: { chunk_size: 100 } })).toMatchObject({ chunk_size: 100, chunk_overlap: 20 });
  });

  it.each([
    ['chunk_size', { chunk_size: 0 }],
    ['chunk_size', { chunk_size: '500' }],
    ['chunk_size', { chunk_size: 12.5 }],
    ['chunk_size', { chunk_size: Number.NaN }],
    ['chunk_size', { chunk_size: 1e9 }],
    ['chunk_overlap', { chunk_overlap: -1 }],
    ['chunk_overlap', { chunk_size: 100, chunk_overlap: 100 }],
    ['chunk_overlap', { chunk_size: 100, chunk_overlap: 51 }],
    ['overlap', { overlap: 3 }],
    ['__proto__', JSON.parse('{"__proto__": {"chunk_size": 3}}')],
    ['constructor', { constructor: 3 }],
    ['chunking_config', []],
    ['chunking_config', 'tokens'],
  ])('U1: are refused by the name of the field: %s', (field, options) => {
    expect(fieldsOf('tokens', options)).toEqual([field]);
  });

  it('U2 U3: of one chunker are checked by its own rules', () => {
    expect(fieldsOf('sentence', { language: 'xx' })).toEqual(['language']);
    expect(fieldsOf('sentence', { language: 'de' })).toEqual([]);
    expect(fieldsOf('markdown', { heading_depth: 7 })).toEqual(['heading_depth']);
    expect(fieldsOf('tokens', { heading_depth: 2 })).toEqual(['heading_depth']);
  });

  it.each(['nothing', '', 'toString', '__proto__'])('U6: a strategy that is not there is refused by name: %s', (strategy) => {
    expect(fieldsOf(strategy)).toEqual(['chunking_strategy']);
  });

  it.each(Object.entries(CHUNKERS))('U1: of %s are all documented', (_, { options }) => {
    expect(Object.keys(options.docs)).toEqual(expect.arrayContaining(Object.keys(new options.type())));
    expect(Object.values(options.docs).every((sentence) => sentence.endsWith('.'))).toBe(true);
  });
});

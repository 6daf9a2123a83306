import type { FoundChunk } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { citedPages } from './cited-pages.js';
import { Highlighter } from './highlight.js';

const TEXT = 'The heron stands in the shallow water. The otter swims.';
const chunkOf = (chunk: Partial<FoundChunk>) => ({ text: TEXT, start: 100, page: 3, pageStarts: null, ...chunk }) as FoundChunk;
const cited = (chunk: Partial<FoundChunk>, question: string) => citedPages(chunkOf(chunk), new Highlighter([question]).of(TEXT));

describe('the page of a hit', () => {
  const pageStarts = [100 + TEXT.indexOf('shallow'), 100 + TEXT.indexOf('The otter')];

  it.each([
    ['heron', 3, 5],
    ['shallow water', 4, 5],
    ['otters', 5, null],
    ['Where does the otter swim, not the heron?', 5, null],
  ])('R2: is the one that the words are on: %s', (question, page, last) => {
    expect(cited({ pageStarts }, question)).toEqual({ page, page_end: last });
  });

  it('R2: is the one that most of it is on where it has no word of the question', () => {
    expect(cited({ pageStarts: [103] }, 'bird')).toEqual({ page: 4, page_end: null });
  });

  it('R2: is that of a chunk on one page, or none', () => {
    expect(cited({}, 'otter')).toEqual({ page: 3, page_end: null });
    expect(cited({ page: null }, 'otter')).toEqual({ page: null, page_end: null });
  });
});

import { describe, expect, it } from '@jest/globals';
import { isParsedFile } from './is-parsed-file.js';

const pages = [
  { page: 1, start: 0, end: 4 },
  { page: 2, start: 6, end: 10 },
];
const answer = (scans: number[], parsed: object = {}) => ({
  parsed: { text: 'Some text.', mimeType: 'application/pdf', metadata: {}, pages, ...parsed },
  scans,
});

describe('what the process that parses says', () => {
  it('I5: is believed where it can be true', () => {
    expect(isParsedFile(answer([2, 1]))).toBe(true);
    expect(isParsedFile(answer([], { pages: undefined }))).toBe(true);
  });

  it('I5: is not believed of scans that are no pages, or are there twice', () => {
    expect(isParsedFile(answer([3]))).toBe(false);
    expect(isParsedFile(answer([1, 1]))).toBe(false);
    expect(isParsedFile(answer([1], { pages: undefined }))).toBe(false);
  });

  it('I5: is not believed of pages that are there twice, are left out or lie over one another', () => {
    const twice = pages.map((page) => ({ ...page, page: 1 }));
    const over = pages.map((page) => ({ ...page, start: 0 }));
    const without = pages.map(({ page, ...place }) => ({ page: 2 * page, ...place }));
    expect([twice, over, without].map((pages) => isParsedFile(answer([], { pages })))).toEqual([false, false, false]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { withPageTexts } from './with-page-texts.js';

const textAt = (text: string, start: number): string => text.slice(start).split('\n')[0] ?? '';

describe('texts that are added to pages', () => {
  it('R4: leave each heading on the page that it leads to, also among pages without text', () => {
    // Two scans, a page with text, two scans.
    const parsed = {
      text: 'Own text. Pumps',
      mimeType: 'application/pdf',
      metadata: {},
      pages: [
        { page: 1, start: 0, end: 0 },
        { page: 2, start: 0, end: 0 },
        { page: 3, start: 0, end: 15 },
        { page: 4, start: 15, end: 15 },
        { page: 5, start: 15, end: 15 },
      ],
      headings: [
        { level: 1, title: 'Second', start: 0, page: 2 },
        { level: 1, title: 'First', start: 0, page: 1 },
        { level: 1, title: 'Pumps', start: 10, page: 3 },
        { level: 1, title: 'Fourth', start: 15, page: 4 },
        { level: 2, title: 'Fifth', start: 15, page: 5 },
      ],
    };
    const added = new Map([1, 2, 4, 5].map((page) => [page, `scan ${page}`]));
    const { text, headings = [] } = withPageTexts(parsed, added);
    expect(headings.map(({ title, start }) => [title, textAt(text, start)])).toEqual([
      ['First', 'scan 1'],
      ['Second', 'scan 2'],
      ['Pumps', 'Pumps'],
      ['Fourth', 'scan 4'],
      ['Fifth', 'scan 5'],
    ]);
  });

  it('R4: leave a heading that names no page where it stood', () => {
    const pages = [
      { page: 1, start: 0, end: 0 },
      { page: 2, start: 0, end: 5 },
    ];
    const parsed = { text: 'Pumps', mimeType: 'application/pdf', metadata: {}, pages, headings: [{ level: 1, title: 'Pumps', start: 0 }] };
    const { text, headings = [] } = withPageTexts(parsed, new Map([[1, 'scan']]));
    expect(headings.map(({ start }) => textAt(text, start))).toEqual(['Pumps']);
  });
});

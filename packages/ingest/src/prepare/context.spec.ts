import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { simpleTokeniser } from '../fixtures/simple-tokeniser.js';
import { anyText } from '../fixtures/texts.js';
import { contextOf, type Place } from './context.js';

const count = (text: string) => simpleTokeniser.offsets(text).length;
const within = (place: Place, mostTokens: number) => contextOf(place, { count, mostTokens });

describe('what stands in front of a window', () => {
  it('is the title on a line, and the headings on another', () => {
    expect(within({ title: 'Guide', headingPath: ['Setup', 'Linux'] }, 30)).toBe('Guide\nSetup › Linux');
    expect(within({ title: 'Guide' }, 30)).toBe('Guide');
    expect(within({ headingPath: ['Setup'] }, 30)).toBe('Setup');
    expect(within({}, 30)).toBe('');
  });

  it('does not say a title twice that is the first heading, and has one line for each', () => {
    expect(within({ title: 'Guide', headingPath: ['Guide', 'Linux'] }, 30)).toBe('Guide › Linux');
    expect(within({ title: 'A\n long\ttitle ', headingPath: [' '] }, 30)).toBe('A long title');
  });

  it('loses the highest headings first where it is too long, then the rest of a long title', () => {
    const headingPath = ['First', 'Second', 'Third'];
    expect(within({ title: 'Book', headingPath }, 5)).toBe('Book\nThird');
    expect(within({ title: 'A title of very many words', headingPath }, 6)).toBe('A title\nThird');
    expect(within({ title: 'A title of very many words' }, 3)).toBe('A title');
    expect(within({ title: 'Book', headingPath }, 0)).toBe('');
  });

  it('U1: never takes more than it may, and never half a character', () =>
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 4 }), fc.integer({ min: 0, max: 40 }), (title, headingPath, mostTokens) => {
        const context = within({ title, headingPath: headingPath.map((heading) => heading.toWellFormed()) }, mostTokens);
        expect(count(context)).toBeLessThanOrEqual(mostTokens);
        expect(context.isWellFormed()).toBe(true);
      }),
      { numRuns: 100 },
    ));
});

import { describe, expect, it } from '@jest/globals';
import { wordsOf } from './words-of.js';

const row = (level: number, left: number, top: number, width: number, height: number, confidence: number, text: string) =>
  [level, 1, 1, 1, 1, 1, left, top, width, height, confidence, text].join('\t');
const PAGE = { width: 200, height: 100 };

describe('the words of a page', () => {
  it('are the rows of words that have letters', () => {
    const table = [row(4, 0, 0, 99, 9, -1, ''), row(5, 10, 20, 30, 9, 91.5, 'ERR-4711'), row(5, 50, 20, 3, 9, 95, ' '), ''].join('\n');
    expect(wordsOf(table, PAGE, 0)).toEqual([{ text: 'ERR-4711', box: { left: 10, top: 20, width: 30, height: 9 }, confidence: 0.915 }]);
  });

  it('are where they stood before the page was turned', () => {
    // A quarter to the right about the middle (100, 50) took what was at the top left to the top right.
    const [word] = wordsOf(row(5, 125, 5, 20, 40, 90, 'up'), PAGE, Math.PI / 2);
    expect(word?.box).toEqual({ left: 55, top: 5, width: 40, height: 20 });
  });
});

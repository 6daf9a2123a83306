import { analyse, documentVector } from '@cairn/models/sparse';
import { describe, expect, it } from '@jest/globals';
import { MadeTexts } from './made-texts.js';

describe('made-up texts', () => {
  it('have the words that a worker would have found in them', () => {
    const source = new MadeTexts(1);
    for (let count = 0; count < 5; count++) {
      const { text, terms } = source.next();
      expect(terms).toEqual(documentVector(analyse(text, ['en'])));
    }
  });

  it('are the same for a seed, and questions are about their words', () => {
    const [one, same] = [new MadeTexts(2), new MadeTexts(2)];
    expect(one.next()).toEqual(same.next());
    const words = new Set(Array.from({ length: 500 }, () => one.next().text.split(' ')).flat());
    const asked = one.question().split(' ');
    expect(asked).toHaveLength(8);
    expect(asked.some((word) => words.has(word))).toBe(true);
  });
});

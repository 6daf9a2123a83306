import { describe, expect, it } from '@jest/globals';
import { Highlighter } from './highlight.js';

const marks = (question: string, text: string) => {
  const highlights = new Highlighter([question]).of(text);
  for (const { start, end, text: word } of highlights) expect(text.slice(start, end)).toBe(word);
  return highlights.map(({ text: word }) => word);
};

describe('words of the question in a hit', () => {
  it('Q10: are marked in other forms too, and words that stand everywhere are not', () => {
    expect(marks('the pumps of the hall', 'The pump in the great halls was pumping.')).toEqual(['pump', 'halls', 'pumping']);
  });

  it('Q10: codes are marked whole', () => {
    expect(marks('ERR-4711', 'It says ERR-4711, not ERR-4712.')[0]).toBe('ERR-4711');
  });

  it('Q10: are marked in languages written without spaces', () => {
    expect(marks('地下鉄', '東京の地下鉄は朝にとても混雑します。').join('')).toContain('地下鉄');
  });

  it('Q10: in surrogate pairs and accents stand where they say', () => {
    expect(marks('café', '🙂🙂 Le café de la gare, CAFÉ.')).toEqual(['café', 'CAFÉ']);
    expect(marks('nothing here', '')).toEqual([]);
  });
});

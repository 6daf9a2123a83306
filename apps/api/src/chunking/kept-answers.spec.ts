import { describe, expect, it, jest } from '@jest/globals';
import { KeptAnswers } from './kept-answers.js';

describe('U8: answers that are kept', () => {
  it('are given again as they were, for ten minutes', () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1_000);
    const answers = new KeptAnswers();
    answers.keep('a', { chunks: [1] });
    expect(answers.get('a')).toEqual({ chunks: [1] });
    expect(answers.get('b')).toBeUndefined();
    clock.mockReturnValue(1_000 + 600_000);
    expect(answers.get('a')).toBeUndefined();
    clock.mockRestore();
  });

  it('are not many: the oldest goes first', () => {
    const answers = new KeptAnswers();
    for (let at = 0; at < 501; at++) answers.keep(`${at}`, { at });
    expect([answers.get('0'), answers.get('1'), answers.get('500')]).toEqual([undefined, { at: 1 }, { at: 500 }]);
  });

  it('are not large: together they have fifty million characters', () => {
    const answers = new KeptAnswers();
    for (const key of ['a', 'b', 'c']) answers.keep(key, { text: 'x'.repeat(20_000_000) });
    expect([answers.get('a'), answers.get('c')]).toEqual([undefined, expect.anything()]);
    answers.keep('c', { text: '' });
    answers.keep('d', { text: 'x'.repeat(20_000_000) });
    expect([answers.get('b'), answers.get('d')]).toEqual([expect.anything(), expect.anything()]);
  });
});

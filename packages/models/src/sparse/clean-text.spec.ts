import { expect, it } from '@jest/globals';
import { cleanText } from './clean-text.js';

it('one letter keeps sixteen marks: sorting more takes Node quadratic time', () => {
  expect(cleanText(`a${'\u0316'.repeat(100)}b\u0316`)).toBe(`a${'\u0316'.repeat(16)}b\u0316`);
});

it('what Unicode 15 does not know is a space: characters of later versions, private ones, halves of pairs', () => {
  expect(cleanText('a\u{1c80}b\u1c89c\ue000d\ud800e\u{105c0}f')).toBe('a\u{1c80}b c d e f');
});

it('what cannot be seen is gone, and hyphens and apostrophes are of one kind', () => {
  expect(cleanText('co\u00adop\u200drate\ufe0f \ufeffa\u2010b\u2011c\u2212d\uff0de don’t')).toBe("cooprate a-b-c-d-e don't");
});

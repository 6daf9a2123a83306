import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { tokeniserByWord } from '../chunk/tokens/tokeniser-by-word.js';
import { simpleTokeniser } from '../fixtures/simple-tokeniser.js';
import { anyText } from '../fixtures/texts.js';
import type { Place } from './context.js';
import type { TokenCounter } from './token-counter.js';
import { Windows } from './windows.js';

const countWord = (word: string) => simpleTokeniser.offsets(word).length;
const counterOf = (maxTokens: number): TokenCounter => ({ maxTokens, countWord, count: (text) => countWord(text) + 2 });
const windowsOf = (text: string, place: Place, counter = counterOf(20)) => new Windows(counter, tokeniserByWord(counter.countWord)).of(text, place);

const solid = (text: string) => text.replace(/\s+/g, '');
const isSpaceOnly = (text: string) => solid(text) === '';

describe('windows', () => {
  it('are one for what the model reads whole, with its context in front', () => {
    expect(windowsOf('A short text.', {})).toEqual(['A short text.']);
    expect(windowsOf('A short text.', { title: 'Book', headingPath: ['One'] })).toEqual(['Book\nOne\n\nA short text.']);
  });

  it('are several for a longer text, each with the context in front', () => {
    const windows = windowsOf('One two. Three four. Five six. Seven eight. Nine ten. Eleven twelve.', { title: 'Book' });
    expect(windows.length).toBeGreaterThan(1);
    expect(windows.every((window) => window.startsWith('Book\n\n'))).toBe(true);
  });

  it('U1: hold all of a text, each no longer than the model reads', () =>
    fc.assert(
      fc.property(anyText, fc.integer({ min: 12, max: 60 }), (text, maxTokens) => {
        const counter = counterOf(maxTokens);
        const bare = windowsOf(text, {}, counter);
        const headed = windowsOf(text, { title: 'Book', headingPath: ['One', 'Two'] }, counter);
        for (const window of [...bare, ...headed]) expect(counter.count(window)).toBeLessThanOrEqual(maxTokens);
        expect(solid(bare.join(''))).toBe(solid(text));
        const head = /^(?:Book\n)?(?:One › )?(?:Two)?\n\n/;
        expect(isSpaceOnly(text) || headed.every((window) => head.test(window) || maxTokens < 16)).toBe(true);
        if (maxTokens >= 16) expect(solid(headed.map((window) => window.replace(head, '')).join(''))).toBe(solid(text));
      }),
      { numRuns: 100 },
    ));

  it('U1: fit also where a whole text has more tokens than its words', () => {
    const counter: TokenCounter = { maxTokens: 20, countWord, count: (text) => Math.ceil(countWord(text) * 1.5) + 2 };
    const text = 'some words of a text '.repeat(20);
    const windows = windowsOf(text, { title: 'Book' }, counter);
    for (const window of windows) expect(counter.count(window)).toBeLessThanOrEqual(20);
    expect(solid(windows.map((window) => window.slice('Book\n\n'.length)).join(''))).toBe(solid(text));
  });
});

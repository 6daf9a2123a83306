import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { byteTokeniser, simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import { TokenMap } from './token-map.js';
import { tokeniserByWord } from './tokeniser-by-word.js';

const mapOf = (text: string, tokeniser = simpleTokeniser) => new TokenMap(text, tokeniser);

describe('a token map', () => {
  it('counts what a tokeniser counts in the whole text', () => {
    return fc.assert(
      fc.property(anyText, (text) => expect(mapOf(text).count(0, text.length)).toBe(simpleTokeniser.offsets(text).length)),
      { numRuns: 100 },
    );
  });

  it('counts the same whether a text is read in slices or at once', () => {
    const text = 'some words and 😀 more '.repeat(5_000);
    expect(mapOf(text).count(0, text.length)).toBe(simpleTokeniser.offsets(text).length);
  });

  it('counts a token that a span holds a part of', () => {
    expect(mapOf('house').count(0, 5)).toBe(2);
    expect(mapOf('house').count(1, 5)).toBe(2);
    expect(mapOf('house').count(1, 3)).toBe(1);
    expect(mapOf('house').count(4, 5)).toBe(1);
    expect(mapOf('house').count(3, 3)).toBe(0);
  });

  it('finds the furthest end and the earliest start of so many tokens', () => {
    const text = 'one two three';
    expect(mapOf(text).furthest(0, 2)).toBe(8);
    expect(mapOf(text).furthest(4, 99)).toBe(13);
    expect(mapOf(text).earliest(13, 2)).toBe(8);
    expect(mapOf(text).earliest(13, 99)).toBe(0);
  });

  it('takes all tokens of a character or none', () => {
    const text = 'a😀b';
    expect(mapOf(text, byteTokeniser).furthest(0, 3)).toBe(1);
    expect(mapOf(text, byteTokeniser).furthest(1, 2)).toBe(3);
    expect(mapOf(text, byteTokeniser).earliest(4, 3)).toBe(3);
  });

  it('gives no place inside of a surrogate pair, also when the tokeniser does', () => {
    const map = new TokenMap('😀😀', { offsets: () => [0, 1, 2, 3] });
    expect([map.furthest(0, 1), map.furthest(0, 2), map.furthest(0, 3)]).toEqual([2, 2, 2]);
  });

  it('U10: counts a word that is one token to the model by its length', () => {
    const oneToken = { offsets: () => [0] };
    expect(new TokenMap('x'.repeat(1_000), oneToken).count(0, 1_000)).toBe(10);
  });

  it('says so when a tokeniser gives offsets that do not ascend', () => {
    expect(() => new TokenMap('some words', { offsets: () => [5, 3] }).count(0, 10)).toThrow('do not ascend');
  });
});

describe('a tokeniser by word', () => {
  const perFourLetters = tokeniserByWord((word) => Math.ceil(word.trim().length / 4));

  it('has as many tokens as its words have together', () => {
    expect(perFourLetters.offsets('house  a gardens')).toEqual([0, 2, 5, 8, 12]);
  });

  it('never begins a token inside of a surrogate pair', () => {
    const inUnits = tokeniserByWord((word) => word.length);
    const splits = (text: string) => Array.from(inUnits.offsets(text)).some((at) => text.isWellFormed() && !text.slice(at).isWellFormed());
    return fc.assert(
      fc.property(anyText, (text) => !splits(text)),
      { numRuns: 50 },
    );
  });

  it('asks for a word once', () => {
    let asked = 0;
    const tokeniser = tokeniserByWord(() => ++asked && 1);
    tokeniser.offsets('a a a a');
    expect(asked).toBe(2);
  });
});

import { readFileSync } from 'node:fs';
import { BUILT_IN_MODEL, makeTokenizer } from '@cairn/models';
import { expect, test } from '@jest/globals';
import { median } from '../core/statistics.js';
import { BUILT_IN_FOLDER } from './model-files.js';
import { LONGEST, MEDIAN_TOKENS, TextSource } from './texts.js';

const tokenizer = makeTokenizer(JSON.parse(readFileSync(`${BUILT_IN_FOLDER}tokenizer.json`, 'utf8')), BUILT_IN_MODEL.maxTokens);
const tokensOf = (text: string) => tokenizer.encode(text).tokens;

test('a text has as many tokens as it is asked to have', () => {
  expect(new TextSource(1).many(50, 64).map(tokensOf)).toEqual(Array(50).fill(64));
});

test('the mix is the same for a seed, has no text twice, and is as long as documents are', () => {
  const texts = new TextSource(2).mix(1_000);
  expect(new TextSource(2).mix(1_000)).toEqual(texts);
  expect(new Set(texts).size).toBe(1_000);
  const lengths = texts.map(tokensOf);
  expect(Math.max(...lengths)).toBe(LONGEST);
  expect(Math.abs(median(lengths) - MEDIAN_TOKENS)).toBeLessThan(10);
});

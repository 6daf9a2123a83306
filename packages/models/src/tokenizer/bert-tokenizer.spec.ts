import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_FOLDER, readPublishedReference, readReference } from '../fixtures/reference.js';
import { makeTokenizer } from './tokenizer.js';

const json = JSON.parse(readFileSync(join(BUILT_IN_FOLDER, 'tokenizer.json'), 'utf8'));
const tokenizer = makeTokenizer(json, 256);
const idsOf = (text: string) => [...tokenizer.encode(text).ids];
const CLS = 101;
const SEP = 102;

describe('BERT tokenizer', () => {
  it.each(readReference())('gives the token ids of the fixture: $text', ({ text, tokenIds, tokensUntruncated }) => {
    expect(tokenizer.encode(text)).toEqual({ ids: Int32Array.from(tokenIds), tokens: tokensUntruncated, readTokens: tokenIds.length });
  });

  const published = readPublishedReference();
  (published ? it : it.skip)('gives the token ids that sentence-transformers gives for 60 published texts', () => {
    for (const { text, tokenIds, tokensUntruncated } of published ?? []) {
      expect(tokenizer.encode(text)).toEqual({ ids: Int32Array.from(tokenIds), tokens: tokensUntruncated, readTokens: tokenIds.length });
    }
  });

  it('E5: a text of 600 tokens is cut at 256, keeping the last [SEP], and counted whole', () => {
    const { ids, tokens, readTokens } = tokenizer.encode('word '.repeat(598));
    expect([tokens, readTokens, ids.length]).toEqual([600, 256, 256]);
    expect([ids[0], ids[255], [...ids].filter((id) => id === SEP).length]).toEqual([CLS, SEP, 1]);
  });

  it('a text of exactly 256 tokens is not cut', () => {
    expect(tokenizer.encode('word '.repeat(254))).toMatchObject({ tokens: 256, readTokens: 256 });
  });

  it.each(['[CLS]', '[SEP]', '[PAD]', '[MASK]', '[UNK]'])('%s in a text is text', (token) => {
    const special = [0, 100, CLS, SEP, 103];
    const inner = idsOf(`before ${token} after`).slice(1, -1);
    expect(inner.filter((id) => special.includes(id))).toEqual([]);
    expect(inner).toEqual([...idsOf('before [').slice(1, -1), ...idsOf(token.slice(1, -1)).slice(1, -1), ...idsOf('] after').slice(1, -1)]);
  });

  it('lone surrogates, NUL and other control characters vanish', () => {
    expect(idsOf('he\ud800ll\0o\udfff wor\u0007ld\ufffd')).toEqual(idsOf('hello world'));
    expect(idsOf('\ud800')).toEqual([CLS, SEP]);
  });

  it('does with every code point what the library does that the model was trained with', () => {
    // From Hugging Face tokenizers 0.23.3 (Rust): the ids of `a<code point>b`, each list after its length, as 32-bit numbers.
    const hash = createHash('sha256');
    for (let codePoint = 0; codePoint < 0x20000; codePoint++) {
      if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
      const { ids } = tokenizer.encode(`a${String.fromCodePoint(codePoint)}b`);
      hash.update(Int32Array.of(ids.length, ...ids));
    }
    expect(hash.digest('hex')).toBe('5721b21aaaab0705d6bcb54cfb9219b65658637848df4276b962f58962bd0220');
  });

  it('agrees with the JavaScript library of Hugging Face on 5,000 made-up texts', () => {
    const library = new Tokenizer(json, {});
    const unlimited = makeTokenizer(json, 10_000);
    for (const text of madeUpTexts(5_000)) expect([text, [...unlimited.encode(text).ids]]).toEqual([text, library.encode(text).ids]);
  });

  it('takes linear time for a megabyte on one line', () => {
    const inputs = ['a'.repeat(1e6), '\0'.repeat(1e6), '汉'.repeat(1e6), '!'.repeat(1e6), 'é'.repeat(1e6), `${'qz'.repeat(49)} `.repeat(10_000)];
    for (const input of inputs) {
      const startedAt = performance.now();
      expect(tokenizer.encode(input).readTokens).toBeLessThanOrEqual(256);
      // Measured: 6 to 300 ms. Quadratic time would be minutes.
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    }
  });
});

/** Words of several scripts, numbers, code and punctuation; without what that library itself does differently from the Rust one. */
function* madeUpTexts(count: number): Generator<string> {
  let state = 1;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const letters = (first: number, size: number) => () => String.fromCodePoint(first + below(size));
  const scripts = [
    letters(0x61, 26),
    letters(0x41, 26),
    letters(0x20, 95),
    letters(0xc0, 0x17f - 0xc0),
    letters(0x430, 32),
    letters(0x4e00, 20_000),
    letters(0xac00, 11_000),
    letters(0x1f600, 60),
  ];
  const words = [
    'the',
    'International',
    'ERR-4711',
    'naïve',
    'Straße',
    'don’t',
    'C++',
    'snake_case',
    '3.14',
    'https://example.org/?q=1',
    '東京',
    '한국어',
    'İstanbul',
    '🎉',
  ];
  const piece = () => {
    const letter = scripts[below(scripts.length)] as () => string;
    return below(3) === 0 ? (words[below(words.length)] as string) : Array.from({ length: 1 + below(12) }, letter).join('');
  };
  for (let i = 0; i < count; i++) yield Array.from({ length: 1 + below(8) }, piece).join(below(8) === 0 ? '' : ' ');
}

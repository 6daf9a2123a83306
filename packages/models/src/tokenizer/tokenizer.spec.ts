import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';
import { BYTE_LEVEL_JSON, CLIP_END, CLIP_JSON, CLIP_START, MPNET_JSON, UNIGRAM_JSON, UNIGRAM_PIECES } from '../fixtures/tokenizer-files.js';
import { GeneralTokenizer } from './general-tokenizer.js';
import { hideSpecialTokens } from './special-tokens.js';
import { makeTokenizer } from './tokenizer.js';
import { readTokenizerJson } from './tokenizer-json.js';

const UNLIMITED = 1e9;
const pieceIds = (...pieces: string[]) => pieces.map((piece) => UNIGRAM_PIECES.findIndex(([known]) => known === piece));
const byteIds = (...pieces: string[]) => pieces.map((piece) => BYTE_LEVEL_JSON.model.vocab[piece]);
const wordIds = (...words: string[]) => words.map((word) => MPNET_JSON.model.vocab[word]);
const idsOf = (json: unknown, text: string) => [...makeTokenizer(json, UNLIMITED).encode(text).ids];

// What each file puts before and after a text, and the ids that no text may have inside.
const KINDS = [
  { name: 'Unigram', json: UNIGRAM_JSON, before: [0], after: [2], forbidden: [0, 1, 2, UNIGRAM_PIECES.length] },
  { name: 'byte-level BPE', json: BYTE_LEVEL_JSON, before: [], after: [1_000], forbidden: [1_000, 1_001, BYTE_LEVEL_JSON.model.vocab['</s>'] as number] },
  { name: 'BPE with an end of the word', json: CLIP_JSON, before: [CLIP_START], after: [CLIP_END], forbidden: [CLIP_START, CLIP_END] },
  { name: 'WordPiece with other special tokens', json: MPNET_JSON, before: [0], after: [2], forbidden: [0, 1, 2, 3, 5] },
];

const PIECES = [
  '<s>',
  '</s>',
  '<pad>',
  '<unk>',
  '<mask>',
  '<|endoftext|>',
  '[UNK]',
  'hello',
  ' world',
  'aaaa',
  ' ',
  '\n',
  '.',
  '中文',
  'é',
  '🎉',
  '\0',
  '\ud800',
];
const texts = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 20 }).map((parts) => parts.join(''));

describe('a tokenizer made from tokenizer.json', () => {
  it('cuts a text into the likeliest SentencePiece pieces', () => {
    expect(idsOf(UNIGRAM_JSON, 'hello  world')).toEqual([0, ...pieceIds('▁hello', '▁world'), 2]);
    expect(idsOf(UNIGRAM_JSON, 'xworld\thellox')).toEqual([0, ...pieceIds('▁', 'x', 'world', '▁hello', 'x'), 2]);
    expect(idsOf(UNIGRAM_JSON, '中文 中中')).toEqual([0, ...pieceIds('▁', '中文', '▁'), 3, 2]);
  });

  it('replaces what the charsmap of SentencePiece replaces, a letter with its mark as one', () => {
    expect(idsOf(UNIGRAM_JSON, 'Ａe\u0301\u200bé')).toEqual([0, ...pieceIds('▁', 'a', 'e', 'e'), 2]);
    // As the library does it: of a letter with two marks, the shortest known part stands for all.
    expect(idsOf(UNIGRAM_JSON, 'e\u0301\u0302')).toEqual([0, ...pieceIds('▁', 'e'), 2]);
  });

  it('joins bytes in the order of the merges', () => {
    expect(idsOf(BYTE_LEVEL_JSON, 'hello world')).toEqual([...byteIds('hello', 'Ġwor', 'ld'), 1_000]);
    expect(idsOf(BYTE_LEVEL_JSON, 'é')).toEqual([...byteIds('Ã', '©'), 1_000]);
  });

  it('joins the letters of a word with its end, whatever the case and the spaces between words', () => {
    const ids = (...pieces: string[]) => [CLIP_START, ...pieces.map((piece) => CLIP_JSON.model.vocab[piece]), CLIP_END];
    expect(idsOf(CLIP_JSON, 'a  RED\tsquare')).toEqual(ids('a</w>', 'red</w>', 'square</w>'));
    expect(idsOf(CLIP_JSON, "blues, 42's")).toEqual(ids('blu', 'e', 's</w>', ',</w>', '4</w>', '2</w>', "'", 's</w>'));
  });

  it('merges that spell a special token are not made', () => {
    const wholeText = { ...BYTE_LEVEL_JSON, pre_tokenizer: { type: 'ByteLevel', use_regex: false, add_prefix_space: false } };
    expect(idsOf(wholeText, '</s>')).toEqual([...byteIds('</s', '>'), 1_000]);
  });

  it('puts the special tokens of the file around a text', () => {
    expect(idsOf(MPNET_JSON, 'Hello WORLD.')).toEqual([0, ...wordIds('hello', 'world', '.'), 2]);
    expect(idsOf({ ...MPNET_JSON, post_processor: null }, 'hello')).toEqual(wordIds('hello'));
    const bert = { type: 'BertProcessing', cls: ['<s>', 0], sep: ['</s>', 2] };
    expect(makeTokenizer({ ...MPNET_JSON, post_processor: bert }, 20).encodePair('hello', 'world')).toMatchObject({
      ids: Int32Array.from([0, ...wordIds('hello'), 2, ...wordIds('world'), 2] as number[]),
      types: Int32Array.of(0, 0, 0, 1, 1),
    });
  });

  describe.each(KINDS)('$name', ({ json, before, after, forbidden }) => {
    const special = before.length + after.length;

    it('special tokens written in a text are text', () => {
      const tokenizer = makeTokenizer(json, UNLIMITED);
      const inner = (text: string) => [...tokenizer.encode(text).ids].slice(before.length, -after.length);
      for (const { content } of json.added_tokens) expect(inner(content).length).toBeGreaterThan(1);
      fc.assert(fc.property(texts, (text) => inner(text).every((id) => !forbidden.includes(id))));
    });

    it('a text that is too long loses tokens at its end, and keeps the special ones', () => {
      const whole = makeTokenizer(json, UNLIMITED);
      fc.assert(
        fc.property(texts, fc.integer({ min: 5, max: 20 }), (text, maxTokens) => {
          const [cut, full] = [makeTokenizer(json, maxTokens).encode(text), whole.encode(text)];
          expect(cut.tokens).toBe(full.ids.length);
          expect([cut.readTokens, cut.ids.length]).toEqual(Array(2).fill(Math.min(maxTokens, full.tokens)));
          const kept = [...full.ids].slice(before.length, before.length + cut.ids.length - special);
          expect([...cut.ids]).toEqual([...before, ...kept, ...after]);
        }),
      );
    });

    it('of a pair the second text is cut, and the first only beyond half of the room', () => {
      const single = makeTokenizer(json, UNLIMITED);
      const textIds = (text: string) => [...single.encode(text).ids].slice(before.length, -after.length);
      fc.assert(
        fc.property(texts, texts, fc.integer({ min: 10, max: 30 }), (first, second, maxTokens) => {
          const { ids, types, tokens, readTokens } = makeTokenizer(json, maxTokens).encodePair(first, second);
          const whole = single.encodePair(first, second);
          const specials = whole.ids.length - textIds(first).length - textIds(second).length;
          const a = textIds(first).slice(0, Math.min(Math.floor(maxTokens / 2), maxTokens - specials));
          const b = textIds(second).slice(0, maxTokens - specials - a.length);
          expect([tokens, readTokens, types.length]).toEqual([whole.ids.length, ids.length, ids.length]);
          expect(ids.length).toBe(specials + a.length + b.length);
          expect([...ids].slice(before.length, before.length + a.length)).toEqual(a);
          expect([...ids].slice(ids.length - after.length - b.length, -after.length)).toEqual(b);
        }),
      );
    });
  });

  it('agrees with the fast path where both can read the file', () => {
    const bert = JSON.parse(readFileSync(join(BUILT_IN_FOLDER, 'tokenizer.json'), 'utf8'));
    for (const lowercase of [true, false]) {
      const file = { ...bert, normalizer: { ...bert.normalizer, lowercase } };
      const general = generalIds(file);
      const fast = makeTokenizer(file, UNLIMITED);
      const letters = fc.constantFrom(...'abc ABC ÀÉÜñ İı ΣςΔ яЖ 漢字かな 한글 नि ไม่ עִ .,-!¿«»≠≮ 🎉\t\n\0\u200b\ufffd\u0301');
      fc.assert(fc.property(fc.string({ unit: letters }), (text) => expect([...fast.encode(text).ids].slice(1, -1)).toEqual(general(text))));
    }
  });

  it('a long text is cut into slices between words, where it makes no difference', () => {
    const words = fc.array(fc.constantFrom('hello', 'world', 'aaaaaaaa', 'x, y', '中文', '</s>', 'a\nb', '!\n', ' '), { minLength: 20, maxLength: 60 });
    for (const { json } of KINDS) {
      const [whole, sliced] = [generalIds(json), generalIds(json, 40)];
      fc.assert(fc.property(words, (parts) => expect(sliced(parts.join(' '))).toEqual(whole(parts.join(' ')))));
    }
  });

  it.each(KINDS)('$name: reads 300,000 characters without a space', ({ json }) => {
    for (const unit of ['a', '中', '🎉', '\0', '!', 'e\u0301\u0301', '\n']) {
      const { tokens, readTokens } = makeTokenizer(json, 16).encode(unit.repeat(3e5));
      expect(readTokens).toBe(Math.min(tokens, 16));
    }
  });

  it('names the part of the file that it cannot read', () => {
    const made = (part: object) => () => makeTokenizer({ ...BYTE_LEVEL_JSON, ...part }, 16);
    expect(made({ normalizer: { type: 'Nmt' } })).toThrow('the normalizer Nmt is not supported');
    expect(made({ pre_tokenizer: { type: 'UnicodeScripts' } })).toThrow('the pre-tokenizer UnicodeScripts is not supported');
    expect(made({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } })).toThrow('the pattern {"Regex":"("} cannot be read');
    expect(made({ post_processor: { type: 'Other' } })).toThrow('the post-processor Other is not supported');
    expect(made({ model: { type: 'WordLevel', vocab: {} } })).toThrow('the model WordLevel is not supported');
    expect(made({ model: { ...BYTE_LEVEL_JSON.model, dropout: 0.1 } })).toThrow('drops merges at random');
    expect(made({ model: undefined })).toThrow('no model with a vocabulary');
    expect(() => makeTokenizer('text', 16)).toThrow('is not an object');
    expect(() => makeTokenizer(UNIGRAM_JSON, 2)).toThrow('no room for a text in 2 tokens');
  });
});

function generalIds(file: unknown, longestSlice?: number): (text: string) => number[] {
  const json = readTokenizerJson(file);
  const source = new GeneralTokenizer(json, hideSpecialTokens(json), longestSlice);
  return (text) => {
    const ids: number[] = [];
    source.tokenise(text, (more) => ids.push(...more));
    return ids;
  };
}

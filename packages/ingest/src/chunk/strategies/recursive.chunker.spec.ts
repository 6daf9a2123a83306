import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { PARAGRAPHS } from '../../fixtures/texts.js';
import { collectChunks } from '../chunk.js';
import { makeChunker } from '../registry.js';

async function cut(strategy: string, text: string, chunk_size: number, chunk_overlap = 0): Promise<string[]> {
  const chunker = makeChunker({ strategy, options: { chunk_size, chunk_overlap } }, { tokeniser: simpleTokeniser });
  return (await collectChunks(chunker, { text, mimeType: 'text/plain', metadata: {} })).map((chunk) => chunk.text);
}

describe.each(['recursive', 'sentence'])('the chunker %s', (strategy) => {
  it('U2: cuts between paragraphs before it cuts anywhere else', async () => {
    const [first, second] = ['One fine day. Two fine days.', 'And then more came. It was good.'];
    expect(await cut(strategy, `${first}\n\n${second}`, 14)).toEqual([first, second]);
  });

  it('U2: cuts between sentences where a paragraph is too long', async () => {
    expect(await cut(strategy, 'One fine day it rained. Two of us got wet. Then it was over.', 10)).toEqual([
      'One fine day it rained.',
      'Two of us got wet.',
      'Then it was over.',
    ]);
  });

  it.each(['english', 'german', 'russian', 'korean', 'hindi', 'arabic'] as const)('U2: cuts no word of %s where there is another way', async (language) => {
    const text = PARAGRAPHS[language].repeat(3);
    const words = new Set(text.split(/\s+/));
    const cutWords = (await cut(strategy, text, 10, 4)).flatMap((chunk) => chunk.split(/\s+/)).filter((word) => !words.has(word));
    expect(cutWords).toEqual([]);
  });

  it('U2: cuts between the words of a script without spaces', async () => {
    expect(await cut(strategy, '北京大学是一所著名的大学学生们在图书馆里学习', 11)).toEqual(['北京大学是一所著名的', '大学学生们在图书馆里', '学习']);
  });

  it('U2: repeats whole sentences where they fit', async () => {
    expect(await cut(strategy, 'It rained a lot. We got wet. Then it was over. We went home.', 12, 5)).toEqual([
      'It rained a lot. We got wet.',
      'We got wet. Then it was over.',
      'Then it was over. We went home.',
    ]);
  });

  it('U2: keeps marks with their letters and emoji whole in a word that is too long', async () => {
    const chunks = await cut(strategy, 'a\u0301b\u0302'.repeat(100), 10);
    expect(chunks.filter((chunk) => /^\p{M}/u.test(chunk))).toEqual([]);
  });
});

it('U2: recursive cuts between lines, sentence does not where a line ends in the middle of one', async () => {
  const text = 'The first one goes\non here. The second\ngoes on here too.';
  expect(await cut('recursive', text, 10)).toEqual(['The first one goes', 'on here. The second', 'goes on here too.']);
  expect(await cut('sentence', text, 10)).toEqual(['The first one goes\non here.', 'The second\ngoes on here too.']);
});

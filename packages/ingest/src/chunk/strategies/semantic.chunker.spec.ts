import { describe, expect, it } from '@jest/globals';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { collectChunks, type EmbedTexts } from '../chunk.js';
import { makeChunker } from '../registry.js';
import { percentileOf } from '../semantic/breakpoints.js';

const TOPICS = [
  ['Bees gather nectar.', 'The hive is full of bees.', 'Honey ripens in the hive.', 'A queen rules the bees.'],
  ['The airship lands at the mast.', 'Its crew ties the airship to the mast.', 'The mast sways.', 'Passengers leave the airship.'],
  ['Granite is cut with saws.', 'A saw for granite has diamonds.', 'Saws get dull.', 'The granite is polished.'],
];
const WORDS = [/bee|hive|honey|nectar|queen/i, /airship|mast|crew|passenger/i, /granite|saw|diamond/i];

/** A vector that says how often a text speaks of each topic. */
const embed: EmbedTexts = async (texts) => texts.map((text) => Float32Array.from(WORDS, (word) => text.split(word).length - 1));

async function cut(text: string, options: object, asked: EmbedTexts = embed): Promise<string[]> {
  const chunker = makeChunker({ strategy: 'semantic', options }, { tokeniser: simpleTokeniser, embed: asked });
  return (await collectChunks(chunker, { text, mimeType: 'text/plain', metadata: {} })).map((chunk) => chunk.text);
}

describe('the semantic chunker', () => {
  const text = TOPICS.flat().join(' ');

  it('U4: cuts where the topic changes, and nowhere else', async () => {
    expect(await cut(text, { breakpoint_percentile: 80 })).toEqual(TOPICS.map((sentences) => sentences.join(' ')));
  });

  it('U4: cuts a topic that is too long between sentences', async () => {
    const [first] = await cut(text, { chunk_size: 12, chunk_overlap: 0, breakpoint_percentile: 80 });
    expect(first).toBe('Bees gather nectar.');
  });

  it('U4: leaves a text of one topic whole', async () => {
    const same = 'Bees fly. '.repeat(20).trim();
    expect(await cut(same, {})).toEqual([same]);
  });

  it('U4: asks for a few vectors at a time, once for each sentence', async () => {
    const sizes: number[] = [];
    await cut('Bees fly home. '.repeat(150), {}, (texts) => {
      sizes.push(texts.length);
      return embed(texts);
    });
    expect(sizes).toEqual([64, 64, 22]);
  });

  it('U10: asks for no more than 20,000 vectors for one text', async () => {
    let asked = 0;
    await cut('A b. '.repeat(60_000), {}, (texts) => {
      asked += texts.length;
      return embed(texts);
    });
    expect(asked).toBeLessThanOrEqual(20_000);
  });

  it('U4: fails when vectors are missing', async () => {
    await expect(cut(text, {}, async () => [])).rejects.toThrow('12 texts were embedded, and 0 vectors came back');
  });

  it('U4: cannot be made without a function that embeds', () => {
    expect(() => makeChunker({ strategy: 'semantic' }, { tokeniser: simpleTokeniser })).toThrow('embeds');
  });
});

it('U4: a percentile lies between its neighbours', () => {
  const values = Float64Array.of(3, 1, 2, 4);
  expect([0, 50, 90, 100].map((percentile) => percentileOf(values, percentile))).toEqual([1, 2.5, 3.7, 4]);
});

import { BytePair } from './byte-pair.js';
import type { TokenSource } from './encoding.js';
import { makeNormalizer } from './normalizer.js';
import { makePreTokenizer } from './pre-tokenizer.js';
import { slicesOf } from './slices.js';
import type { ModelPart, TokenizerJson } from './tokenizer-json.js';
import { Unigram } from './unigram.js';
import { WordMemory } from './word-memory.js';
import { WordPiece } from './word-piece.js';

// A word may be as long as the text. Cutting it bounds the memory and the time of one word, and only what comes after so many
// characters without a space can differ by it.
const LONGEST_SLICE = 32_768;

function makeModel(model: ModelPart): { idsOf(word: string): readonly number[] } {
  if (model.type === 'WordPiece') return new WordPiece(model);
  return model.type === 'Unigram' ? new Unigram(model) : new BytePair(model);
}

/** The tokens of any model whose tokenizer.json has parts that we know. */
export class GeneralTokenizer implements TokenSource {
  private readonly memory = new WordMemory();
  private readonly normalise: (text: string) => string;
  private readonly wordsOf: (text: string, isStart: boolean) => string[];
  private readonly idsOf: (word: string) => readonly number[];

  constructor(
    { normalizer, pre_tokenizer }: TokenizerJson,
    hidden: ModelPart,
    private readonly longestSlice = LONGEST_SLICE,
  ) {
    this.normalise = makeNormalizer(normalizer);
    this.wordsOf = makePreTokenizer(pre_tokenizer);
    const model = makeModel(hidden);
    this.idsOf = (word) => model.idsOf(word);
  }

  tokenise(text: string, take: (ids: readonly number[]) => void): void {
    let isStart = true;
    for (const slice of slicesOf(this.normalise(text.toWellFormed()), this.longestSlice)) {
      for (const word of this.wordsOf(slice, isStart)) take(this.memory.idsOf(word, this.idsOf));
      isStart = false;
    }
  }
}

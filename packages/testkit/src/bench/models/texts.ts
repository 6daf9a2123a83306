import { readFileSync } from 'node:fs';
import { uniformFrom } from '../core/uniform.js';
import { BUILT_IN_FOLDER } from './model-files.js';

/** Tokens of a text of the mix: many short ones, few long ones. */
export const MEDIAN_TOKENS = 90;
export const LONGEST = 256;
const SPREAD_OF_LOGARITHM = 0.7;
const SHORTEST = 4;
/** Before and after every text. */
const SPECIAL_TOKENS = 2;

/** Words that are one token each, so that a text has as many tokens as it is asked to have. */
export function readWords(): string[] {
  const { model } = JSON.parse(readFileSync(`${BUILT_IN_FOLDER}tokenizer.json`, 'utf8')) as { model: { vocab: Record<string, number> } };
  return Object.keys(model.vocab).filter((token) => /^[a-z]{3,}$/.test(token));
}

/** Made-up texts, the same for a seed in every run. */
export class TextSource {
  private readonly words = readWords();
  private readonly uniform: () => number;

  constructor(seed: number) {
    this.uniform = uniformFrom(seed);
  }

  /** A text of so many tokens. */
  ofTokens(tokens: number): string {
    return Array.from({ length: tokens - SPECIAL_TOKENS }, () => this.words[Math.floor(this.uniform() * this.words.length)]).join(' ');
  }

  many(count: number, tokens: number): string[] {
    return Array.from({ length: count }, () => this.ofTokens(tokens));
  }

  /** Lengths as chunks of documents have them: lognormal, cut at what the model reads. */
  mix(count: number): string[] {
    return Array.from({ length: count }, () => this.ofTokens(this.length()));
  }

  private length(): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    return Math.max(SHORTEST, Math.min(LONGEST, Math.round(MEDIAN_TOKENS * Math.exp(SPREAD_OF_LOGARITHM * normal))));
  }
}

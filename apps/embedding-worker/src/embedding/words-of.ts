import { setImmediate as letOthersRun } from 'node:timers/promises';
import type { MadeVector } from '@cairn/common';
import { analyse, documentVector } from '@cairn/models/sparse';

export type Words = Pick<MadeVector, 'terms' | 'language'>;

/** The words of each text, as they are stored beside its vector; none for a text without any. A pause after each, for a long one takes a while. */
export async function wordsOf(texts: string[]): Promise<Words[]> {
  const words: Words[] = [];
  for (const text of texts) {
    const analysis = analyse(text);
    words.push(analysis.terms.length === 0 ? {} : { terms: documentVector(analysis), language: analysis.languages[0] });
    await letOthersRun();
  }
  return words;
}

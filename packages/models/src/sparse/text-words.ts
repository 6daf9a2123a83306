import type { SparseVector } from '@cairn/common/contracts';
import { AnsweringThread } from '../threads/answering-thread.js';
import { type InverseFrequencies, type QueryWeights, weighed } from './bm25.js';
import type { Language } from './language.js';
import { queryWeightsOf } from './query-weights.js';

/** The words of a text as they are stored beside its vector; nothing for a text that has none. */
export interface Words {
  terms?: SparseVector;
  language?: Language | undefined;
}

export type WordsRequest = { kind: 'documents'; texts: string[] } | { kind: 'query'; text: string; languages: readonly Language[] };
export type WordsAnswer = Words[] | QueryWeights;

/** What is shorter takes a millisecond or two, and going to the thread and back would take as long. */
const SHORT_QUERY = 4_000;
const THREAD_ENTRY = new URL('./words.thread.js', import.meta.url);

/** Finds the words of texts in a thread of its own: a megabyte takes half a second, and leases have to be renewed meanwhile. */
export class TextWords {
  private readonly thread = new AnsweringThread<WordsRequest, WordsAnswer>({ entry: THREAD_ENTRY, name: 'cairn-words' });

  /** The words of each text. */
  async of(texts: string[]): Promise<Words[]> {
    return (await this.thread.ask({ kind: 'documents', texts })) as Words[];
  }

  /** The terms of a query and how much each says, given the languages of the texts that it is to find. */
  async queryWeights(text: string, languages: readonly Language[]): Promise<QueryWeights> {
    if (text.length <= SHORT_QUERY) return queryWeightsOf(text, languages);
    return (await this.thread.ask({ kind: 'query', text, languages })) as QueryWeights;
  }

  /** The vector of a query. */
  async query(text: string, statistics: InverseFrequencies & { languages: readonly Language[] }): Promise<SparseVector> {
    return weighed(await this.queryWeights(text, statistics.languages), statistics);
  }

  async stop(): Promise<void> {
    await this.thread.stop();
  }
}

import { parentPort } from 'node:worker_threads';
import { analyse, documentVector } from '@cairn/models/sparse';
import type { Words, WordsAnswer, WordsRequest } from './text-words.js';

function wordsOf(text: string): Words {
  const analysis = analyse(text);
  return analysis.terms.length === 0 ? {} : { terms: documentVector(analysis), language: analysis.languages[0] };
}

function answerTo({ id, texts }: WordsRequest): WordsAnswer {
  try {
    return { id, words: texts.map(wordsOf) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

parentPort?.on('message', (request: WordsRequest) => parentPort?.postMessage(answerTo(request)));

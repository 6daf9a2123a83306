import { leaveOthersTheProcessor } from '@cairn/common/contracts';
import { answerRequests } from '../threads/answer-requests.js';
import { analyse } from './analyse.js';
import { documentVector } from './bm25.js';
import { queryWeightsOf } from './query-weights.js';
import type { Words, WordsAnswer, WordsRequest } from './text-words.js';

function wordsOf(text: string): Words {
  const analysis = analyse(text);
  return analysis.terms.length === 0 ? {} : { terms: documentVector(analysis), language: analysis.languages[0] };
}

function wordsOfDocuments(texts: string[]): Words[] {
  leaveOthersTheProcessor();
  return texts.map(wordsOf);
}

answerRequests<WordsRequest, WordsAnswer>((request) =>
  request.kind === 'documents' ? wordsOfDocuments(request.texts) : queryWeightsOf(request.text, request.languages),
);

import { workerData } from 'node:worker_threads';
import { answerRequests } from '../threads/answer-requests.js';
import { makeTokenizer } from '../tokenizer/tokenizer.js';
import type { TokenizerAnswer, TokenizerData, TokenizerRequest } from './model-tokenizer.js';

const { json, maxTokens } = workerData as TokenizerData;
const tokenizer = makeTokenizer(json, maxTokens);

answerRequests<TokenizerRequest, TokenizerAnswer>(({ first, second }) =>
  second === undefined ? tokenizer.encode(first) : tokenizer.encodePair(first, second),
);

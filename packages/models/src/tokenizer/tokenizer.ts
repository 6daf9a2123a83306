import { BertTokenizer, isBert } from './bert-tokenizer.js';
import type { Tokenizer } from './encoding.js';
import { readFrames } from './frame.js';
import { FramedTokenizer } from './framed-tokenizer.js';
import { GeneralTokenizer } from './general-tokenizer.js';
import { hideSpecialTokens } from './special-tokens.js';
import { readTokenizerJson } from './tokenizer-json.js';

/**
 * The tokenizer that a tokenizer.json describes, for a model that reads maxTokens at a time. Special tokens written in a text are text;
 * the truncation and the padding that the file asks for are ignored. An Error names the part of the file that is not supported.
 */
export function makeTokenizer(tokenizerJson: unknown, maxTokens: number): Tokenizer {
  const json = readTokenizerJson(tokenizerJson);
  const model = hideSpecialTokens(json);
  const source = isBert(json) ? new BertTokenizer(json, model) : new GeneralTokenizer(json, model);
  return new FramedTokenizer(source, readFrames(json), maxTokens);
}

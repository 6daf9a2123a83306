import type { EnsembleModel, InstalledModel, MockModel, OnnxModel, RemoteModel } from '../catalogue/model.js';
import { readTokenizerFile } from '../runtime/model-files.js';
import { partsOf, type RunnableModel, type VisionTower } from '../runtime/towers.js';
import { estimateTokens } from './estimate-tokens.js';
import { makeTokenizer } from './tokenizer.js';

/** How a model counts the texts that it is to make vectors of. */
export interface TokenCounter {
  /** What it reads of a text, with its prefix and the special tokens. */
  maxTokens: number;
  /** The tokens of a whole text as the model is given it: with its prefix and the special tokens. */
  count(text: string): number;
  /** Those of a word alone. */
  countWord(word: string): number;
}

/** A reader of texts, as data that a thread can be told. */
type CountedModel = { kind: 'tokenizer'; model: Exclude<RunnableModel, VisionTower>; prefix: string } | { kind: 'estimate'; maxTokens: number; prefix: string };

/** Where a thread finds `openTokenCounter`, and what it opens it with. */
export interface TokenCounterSource {
  /** The same for the same counter. */
  key: string;
  module: string;
  data: readonly CountedModel[];
}

// The mock model reads all of a text: nothing limits it but the size of chunks.
const MOCK_TOKENS = 40_000;
// How a provider counts is guessed at: what is a little longer than the guess must still be read.
const SURE_SHARE = 0.8;

/** How the model counts: by its tokenizer, or by an estimate where that is not here. Of an ensemble, the member that counts most decides. */
export function tokenCounterOf(model: InstalledModel | RemoteModel | EnsembleModel | MockModel): TokenCounterSource {
  return { key: `${model.id} ${model.version}`, module: import.meta.url, data: countedModelsOf(model) };
}

function countedModelsOf(model: InstalledModel | RemoteModel | EnsembleModel | MockModel): CountedModel[] {
  if (model.kind === 'mock') return [{ kind: 'estimate', maxTokens: MOCK_TOKENS, prefix: '' }];
  if (model.kind === 'remote') return [{ kind: 'estimate', maxTokens: Math.floor(model.maxTokens * SURE_SHARE), prefix: model.documentPrefix }];
  if (model.kind === 'ensemble') return model.members.flatMap((member) => countedModelsOf(member.model));
  return partsOf(model).flatMap((part) => (part.kind === 'vision-tower' ? [] : [{ kind: 'tokenizer' as const, model: part, prefix: prefixOf(part) }]));
}

function prefixOf(part: Exclude<RunnableModel, VisionTower>): string {
  return part.kind === 'reranker' ? '' : (part as Pick<OnnxModel, 'documentPrefix'>).documentPrefix;
}

/** What a `TokenCounterSource` describes; called in the thread that counts. */
export async function openTokenCounter(models: readonly CountedModel[]): Promise<TokenCounter> {
  const counters = await Promise.all(models.map(openOne));
  const [first] = counters;
  if (first === undefined) throw new Error('A model that reads no texts counts none');
  return counters.length === 1 ? first : strictest(counters);
}

/** Fits a text if every counter fits it: each is measured against the smallest limit. */
function strictest(counters: readonly TokenCounter[]): TokenCounter {
  const most = (countOf: (counter: TokenCounter) => number) => Math.max(...counters.map(countOf));
  return {
    maxTokens: Math.min(...counters.map(({ maxTokens }) => maxTokens)),
    count: (text) => most((counter) => counter.count(text)),
    countWord: (word) => most((counter) => counter.countWord(word)),
  };
}

async function openOne(counted: CountedModel): Promise<TokenCounter> {
  const { prefix } = counted;
  if (counted.kind === 'estimate')
    return { maxTokens: counted.maxTokens, count: (text) => estimateTokens(prefix + text), countWord: (word) => estimateTokens(word) };
  const { maxTokens } = counted.model;
  const tokenizer = makeTokenizer(await readTokenizerFile(counted.model), maxTokens);
  const specials = tokenizer.encode('').tokens;
  return { maxTokens, count: (text) => tokenizer.encode(prefix + text).tokens, countWord: (word) => tokenizer.encode(word).tokens - specials };
}

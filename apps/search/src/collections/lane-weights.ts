import { type ModelName, onlyLanguageOf } from '@cairn/models/catalogue';
import { queryLanguages } from '@cairn/models/sparse';
import type { LaneRanking } from './fuse.js';

/** What of meaning counts, of all that counts. */
const ALIKE = 0.5;
const APART = 0.8;
const UNKNOWN = 0.1;
const COMPARED = 10;
const AGREEMENT = 4;
/** Sums of the same shares differ by this much in another order. */
const ROUNDING = 1e-9;

/** Tokens for each word: English has 1.2, at most 2 where there are many names; what a model has to spell has 3 and more. */
const FEW_TOKENS = 2;
const MANY_TOKENS = 3;
const OTHER_LANGUAGE = 0.2;
/** Before and after a text, in most models. */
const SPECIAL_TOKENS = 2;

const LETTER = /\p{L}/gu;
const LATIN = /\p{Script=Latin}/gu;
const WORD = /[\p{L}\p{M}]+/gu;

export type Languages = Parameters<typeof queryLanguages>[1];

export interface Read {
  text: string;
  /** That the model made of the text, special ones among them. */
  tokens: number;
  /** The one language that the model was trained on; undefined where there are several. */
  only: string | undefined;
  /** The likeliest language of the text; undefined where nobody can tell. */
  language: string | undefined;
}

/** How much of a question a model can know, where the texts are in these languages; none are told where nothing is looked for by words. */
export function knowledgeBy(model: ModelName, { text, tokens }: Pick<Read, 'text' | 'tokens'>, languages: Languages): number {
  const [language] = languages.length === 0 ? [] : queryLanguages(text, languages);
  return knowledgeOf({ text, tokens, only: onlyLanguageOf(model), language });
}

/** How much of a text a model can know, from 0 to 1: not another script or language than its own, nor what it has to spell. */
export function knowledgeOf({ text, tokens, only, language }: Read): number {
  const letters = count(text, LETTER);
  const latin = letters === 0 ? 1 : count(text, LATIN) / letters;
  // What is written without spaces has no words to count.
  const spelled = latin === 1 ? ((tokens - SPECIAL_TOKENS) / Math.max(1, count(text, WORD)) - FEW_TOKENS) / (MANY_TOKENS - FEW_TOKENS) : 0;
  const known = 1 - Math.min(1, Math.max(0, spelled));
  if (only === undefined) return known;
  return Math.min(known, latin, language === undefined || language === only ? 1 : OTHER_LANGUAGE);
}

/**
 * Where meaning and words find much the same, both count the same. Where they do not, meaning counts four times as much, because single words are in many
 * texts. What the model does not know, it cannot rank: then words count nine times as much. A hypothesis counts as
 * much as its question, by meaning and words together, unless the model does not know what is written.
 */
export function weighed(rankings: readonly LaneRanking[]): LaneRanking[] {
  return rankings.map((ranking) => {
    const asked = rankings.filter(({ question }) => question === ranking.question);
    const known = Math.min(...asked.map(({ knowledge }) => knowledge));
    const dense = denseShare(asked, known);
    const weights = { dense, sparse: 1 - dense, hyde: known + (1 - known) * UNKNOWN };
    return { ...ranking, weight: weights[ranking.lane] };
  });
}

function denseShare(rankings: readonly LaneRanking[], known: number): number {
  const [meaning, words] = [best(rankings, 'dense'), best(rankings, 'sparse')];
  let common = 0;
  for (const [id, share] of words) common += share * (meaning.get(id) ?? 0);
  return known * (common > AGREEMENT - ROUNDING ? ALIKE : APART) + (1 - known) * UNKNOWN;
}

/** How much of each chunk is among the first ten of a lane. Those that are equally good share the places that are left for them: which come first is chance. */
function best(rankings: readonly LaneRanking[], lane: LaneRanking['lane']): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { ranked } of rankings.filter((one) => one.lane === lane)) {
    const last = ranked[COMPARED - 1]?.score;
    const better = last === undefined ? ranked : ranked.filter(({ score }) => score > last);
    const tied = last === undefined ? [] : ranked.filter(({ score }) => score === last);
    for (const { chunkId } of better) shares.set(chunkId, 1);
    for (const { chunkId } of tied) shares.set(chunkId, (COMPARED - better.length) / tied.length);
  }
  return shares;
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

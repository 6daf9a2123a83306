import { modelSpaceOf } from '@cairn/common';
import type { LaneRanking, Ranked } from './fuse.js';
import type { Asked } from './space-questions.js';

/** What one question found in one space: the best first. */
export interface SpaceRanking {
  asked: Pick<Asked, 'lane' | 'question' | 'knowledge'>;
  ranked: readonly Ranked[];
  /** There is no more than this. */
  isWhole: boolean;
}

/**
 * One ranking for each question and model, and for each question and words: as if all of it lay in one space that was asked for `most`. Scores of one model,
 * and of words that are weighed alike, can be compared wherever the text lies.
 */
export function joinSpaces(found: ReadonlyMap<string, readonly SpaceRanking[]>, most: number): LaneRanking[] {
  const parts = new Map<string, SpaceRanking[]>();
  for (const [space, rankings] of found)
    for (const ranking of rankings) {
      const { question, lane } = ranking.asked;
      const name = `${question} ${lane} ${lane === 'sparse' ? '' : modelSpaceOf(space)}`;
      parts.set(name, [...(parts.get(name) ?? []), ranking]);
    }
  return [...parts.values()].map((ofOne) => joined(ofOne, most));
}

// Where a space was cut, others go on below: what lies there is not all that there is.
function joined(parts: readonly SpaceRanking[], most: number): LaneRanking {
  const { lane, question, knowledge } = (parts[0] as SpaceRanking).asked;
  const cut = Math.max(...parts.map(({ ranked, isWhole }) => (isWhole ? undefined : ranked.at(-1)?.score) ?? Number.NEGATIVE_INFINITY));
  const all = parts.flatMap(({ ranked }) => ranked.filter(({ score }) => score >= cut)).sort(bestFirst);
  const isWhole = parts.every((part) => part.isWhole) && all.length < most;
  return { lane, question, knowledge, weight: 1, ranked: all.slice(0, most), isWhole };
}

/** What is equally good stands in the order of its names. */
export const bestFirst = (a: Ranked, b: Ranked): number => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1);

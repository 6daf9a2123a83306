import type { Fusion, PointId } from '@cairn/common';
import type { Lane } from './search-plan.js';

/** A chunk in one ranking, by the best of its points. */
export interface Ranked {
  chunkId: string;
  indexId: string;
  documentId: string;
  pointId: PointId;
  token: string;
  score: number;
}

/** What one question found in one way: the best first, all scores comparable. */
export interface LaneRanking {
  lane: Lane;
  /** Which question, counted from 0: each is ranked for itself. */
  question: number;
  /** What it counts when rankings are joined. */
  weight: number;
  /** How much of the question its model can know, from 0 to 1. */
  knowledge: number;
  ranked: readonly Ranked[];
  /** There is no more than this. */
  isWhole: boolean;
}

/** What a ranking said of a chunk, and what that added to its score. */
export interface LaneShare {
  rank: number;
  score: number;
  weight: number;
  share: number;
}

export interface Fused extends Omit<Ranked, 'score'> {
  score: number;
  lanes: Record<string, LaneShare>;
}

/** What a ranking gives a chunk, from 0 to 1, by its rank and score. */
type Worth = (rank: number, score: number) => number;

/**
 * One ranking of several. By ranks, each gives `(k + 1) / (k + rank)`; by scores (DBSF), each gives where the score lies between three deviations below and
 * above the mean of its ranking. Each counts as its weight says, and the sum of the weights is 1: so scores are from 0 to 1. A ranking that is alone keeps
 * its scores.
 */
export function fuse(rankings: readonly LaneRanking[], { fusion, rrfK }: { fusion: Fusion; rrfK: number }): Fused[] {
  const whole = rankings.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const fused = new Map<string, Fused>();
  for (const ranking of rankings) {
    const weight = ranking.weight / whole;
    const worth = rankings.length === 1 ? (_: number, score: number) => score : fusion === 'dbsf' ? byDeviation(ranking) : byRank(rrfK);
    let rank = 1;
    for (const [at, { score, ...chunk }] of ranking.ranked.entries()) {
      if (score !== ranking.ranked[at - 1]?.score) rank = at + 1; // what is as good has the same rank
      const known = fused.get(chunk.chunkId) ?? { ...chunk, score: 0, lanes: {} };
      const share = weight * worth(rank, score);
      known.score += share;
      known.lanes[nameOf(ranking)] = { rank, score, weight, share };
      fused.set(chunk.chunkId, known);
    }
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}

/**
 * Without those that are as good as the last one, where there are more of these than were found: which of them were, is chance. So the same question gets
 * the same answer, and a word that stands in every text says nothing.
 */
export function withoutOpenTies(ranking: LaneRanking): LaneRanking {
  const last = ranking.ranked.at(-1)?.score;
  return ranking.isWhole ? ranking : { ...ranking, ranked: ranking.ranked.filter(({ score }) => score !== last) };
}

function byRank(k: number): Worth {
  return (rank) => (k + 1) / (k + rank);
}

function byDeviation({ ranked }: LaneRanking): Worth {
  const mean = ranked.reduce((sum, { score }) => sum + score, 0) / ranked.length;
  const deviation = Math.sqrt(ranked.reduce((sum, { score }) => sum + (score - mean) ** 2, 0) / ranked.length);
  const isFlat = deviation === 0 || ranked[0]?.score === ranked.at(-1)?.score; // a mean of equal numbers may be off by its last digit
  return (_, score) => (isFlat ? 0.5 : Math.min(1, Math.max(0, 0.5 + (score - mean) / (6 * deviation))));
}

const nameOf = ({ lane, question }: LaneRanking): string => (question === 0 ? lane : `${lane} ${question + 1}`);

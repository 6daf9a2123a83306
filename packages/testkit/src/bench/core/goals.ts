import { median, pairedRatio, spread } from './statistics.js';

/** One thing that was measured, once per round. */
export interface Series {
  name: string;
  rounds: readonly number[];
}

export type Limit = { atLeast: number } | { atMost: number };

export interface GoalResult {
  /** As in the list of goals: G8. */
  goal: string;
  what: string;
  subject: string;
  baseline: string;
  ratio: number;
  limit: Limit;
  verdict: 'met' | 'missed' | 'noisy: not comparable' | 'not measured';
  /** Spread of the baseline over its rounds. */
  baselineSpread: number;
}

/** Where the baseline itself varies by more than this, a ratio to it says nothing. */
export const NOISE_LIMIT = 0.2;

export function judge(question: { goal: string; what: string; subject: Series; baseline: Series; limit: Limit }): GoalResult {
  const { goal, what, subject, baseline, limit } = question;
  const ratio = pairedRatio(subject.rounds, baseline.rounds);
  const baselineSpread = spread(baseline.rounds);
  return { goal, what, subject: subject.name, baseline: baseline.name, ratio, limit, verdict: verdictOf(ratio, limit, baselineSpread), baselineSpread };
}

/** A goal that this machine has not what it takes to measure: it stays in the table, without a figure. */
export function notMeasured(question: { goal: string; what: string; baseline: string; limit: Limit }): GoalResult {
  return { ...question, subject: '', ratio: Number.NaN, verdict: 'not measured', baselineSpread: Number.NaN };
}

function verdictOf(ratio: number, limit: Limit, baselineSpread: number): GoalResult['verdict'] {
  if (baselineSpread > NOISE_LIMIT) return 'noisy: not comparable';
  return reaches(ratio, limit) ? 'met' : 'missed';
}

export function reaches(ratio: number, limit: Limit): boolean {
  return 'atLeast' in limit ? ratio >= limit.atLeast : ratio <= limit.atMost;
}

export function describeLimit(limit: Limit): string {
  return 'atLeast' in limit ? `>= ${limit.atLeast}` : `<= ${limit.atMost}`;
}

/** The fastest of several variants of the same thing, by its median: a peer is always shown in its best mode. */
export function bestOf(series: readonly Series[], better: 'higher' | 'lower'): Series {
  const sign = better === 'higher' ? -1 : 1;
  return [...series].sort((a, b) => sign * (median(a.rounds) - median(b.rounds)))[0] as Series;
}

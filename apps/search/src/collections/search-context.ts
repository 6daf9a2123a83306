import { type Access, SEARCH_MAY_TAKE_MS } from '@cairn/common';
import type { WordCounts } from '../query-words.js';
import type { Timings } from '../timed.js';
import type { Failures } from './ask-spaces.js';
import type { Hypothesis } from './hypothesis.js';
import type { SearchPlan } from './search-plan.js';

/** The api waits 10 s. What is not there by then is left out: collections that are slow, and the order of a reranker. */
const ANSWERED_WITHIN_MS = 8_000;

/** A model that does not answer leaves the other spaces the time to be searched in. */
const QUESTIONS_WITHIN_MS = 6_000;

/** What pages before gave out, and how they were made: so that this one is of the same order. */
export interface Before {
  offset: number;
  /** The lowest score of them; larger than any before the first page. */
  floor: number;
  /** The model that ordered the best of them anew; null where none did, undefined before the first page. */
  rerankedBy?: string | null;
  /** What words were weighed by: other counts would make another order. */
  words?: WordCounts | undefined;
  /** What they were searched with; null where it could not be had. */
  hypothesis?: Hypothesis | null | undefined;
}

/** One search, from its request to its answer. Times are by the clock of `performance`. */
export interface Context {
  access: Access;
  plan: SearchPlan;
  before: Before;
  signal: AbortSignal;
  /** Null where the search is made without one; undefined while nobody was asked for it. */
  hypothesis: Hypothesis | null | undefined;
  timings: Timings;
  warnings: string[];
  startedAt: number;
  /** Until then what the search can do without is waited for: a reranker, a hypothesis. */
  extrasBy: number;
  /** Until then a space is waited for while others have their questions. */
  questionsBy: number;
  /** Until then a space is waited for while others have answered. */
  answersBy: number;
  /** Later nothing that is found counts. */
  mustEndBy: number;
  /** The spaces that could not be searched. */
  failures: Failures;
}

/** How long a search may take where others come after it. */
export type Ends = Pick<Context, 'extrasBy' | 'mustEndBy'>;

const NO_HURRY: Ends = { extrasBy: Number.POSITIVE_INFINITY, mustEndBy: Number.POSITIVE_INFINITY };

export type Beginning = Pick<Context, 'before' | 'signal'> & { ends?: Ends | undefined; waitedMs: number };

export function contextOf(access: Access, plan: SearchPlan, { before, signal, ends = NO_HURRY, waitedMs }: Beginning): Context {
  const startedAt = performance.now() - waitedMs;
  const within = (ms: number, end = ends.mustEndBy) => Math.min(startedAt + ms, end);
  const times = {
    extrasBy: within(ANSWERED_WITHIN_MS, ends.extrasBy),
    questionsBy: within(QUESTIONS_WITHIN_MS),
    answersBy: within(ANSWERED_WITHIN_MS),
    mustEndBy: within(SEARCH_MAY_TAKE_MS),
  };
  const hypothesis = plan.usesHyde ? before.hypothesis : null;
  return { access, plan, before, signal, hypothesis, timings: {}, warnings: [], failures: new Map(), startedAt, ...times };
}

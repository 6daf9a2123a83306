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

/** One search, from its request to its answer. Times are by the clock of `performance`. */
export interface Context {
  access: Access;
  plan: SearchPlan;
  /** Hits that were given out before. */
  offset: number;
  /** What words were weighed by on the pages before; undefined on the first one. */
  words: WordCounts | undefined;
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

type Beginning = Pick<Context, 'offset' | 'words' | 'signal'> & { hypothesis?: Context['hypothesis']; ends?: Ends | undefined };

export function contextOf(access: Access, plan: SearchPlan, { hypothesis, ends = NO_HURRY, ...beginning }: Beginning): Context {
  const startedAt = performance.now();
  const within = (ms: number, end = ends.mustEndBy) => Math.min(startedAt + ms, end);
  const times = {
    extrasBy: within(ANSWERED_WITHIN_MS, ends.extrasBy),
    questionsBy: within(QUESTIONS_WITHIN_MS),
    answersBy: within(ANSWERED_WITHIN_MS),
    mustEndBy: within(SEARCH_MAY_TAKE_MS),
  };
  return { access, plan, ...beginning, hypothesis: plan.usesHyde ? hypothesis : null, timings: {}, warnings: [], failures: new Map(), startedAt, ...times };
}

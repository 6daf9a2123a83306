import { CairnError, DependencyError, type ErrorCode } from '@cairn/common';
import { QdrantRefusedError } from '@cairn/retrieval';

/** Why spaces could not be searched, by their names. */
export type Failures = Map<string, Error>;

/** How long spaces are waited for, by the clock of `performance`, and where it is noted that one failed. */
export interface Patience {
  failures: Failures;
  signal: AbortSignal;
  answersBy: number;
  mustEndBy: number;
}

const MODEL_CODES: readonly ErrorCode[] = ['model_not_installed', 'unknown_model'];

/** A space did not answer while others waited for it. */
export class LateError extends CairnError {
  constructor() {
    super('unavailable', 'The search took too long. Try again in a moment.', { retryAfterSeconds: 2 });
    this.name = 'LateError';
  }
}

const SOON_MS = 1_000;

/** A search that has to begin anew, late, gives those that are well the time to answer once more. */
export const atLeastSoon = (time: number): number => Math.max(time, performance.now() + SOON_MS);

/**
 * Asks all of them at once, each until the time that it is told, and its signal is aborted when it is waited for no longer. One that fails or is late is
 * noted in `failures`, and the answers are those of the others; what is nobody's fault in particular (the caller's mistake or leaving, Postgres, a bug of ours)
 * ends all. A space that is alone holds nobody up: it is waited for as long as its answer counts.
 */
export async function askSpaces<T>(
  spaces: readonly string[],
  ask: (space: string, until: number, signal: AbortSignal) => Promise<T>,
  { failures, signal, answersBy, mustEndBy }: Patience,
): Promise<Map<string, T>> {
  signal.throwIfAborted();
  const until = spaces.length > 1 ? Math.min(answersBy, mustEndBy) : mustEndBy;
  let stop: (reason: unknown) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => undefined); // told to each that waits
  const leave = () => stop(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const answers = spaces.map(async (space): Promise<[string, T][]> => {
    const waited = new AbortController();
    try {
      return [[space, await inTime(ask(space, until, waited.signal), { stopped, until })]];
    } catch (error) {
      waited.abort(error);
      if (!isOfOneSpace(error)) throw error;
      failures.set(space, error);
      return [];
    }
  });
  try {
    return new Map((await Promise.all(answers)).flat());
  } finally {
    signal.removeEventListener('abort', leave);
    stop(new Error('The others have ended.')); // what ended all leaves nobody waiting
  }
}

function isOfOneSpace(error: unknown): error is Error {
  if (error instanceof DependencyError) return error.dependency !== 'pg';
  if (error instanceof LateError || error instanceof QdrantRefusedError) return true;
  return error instanceof CairnError && MODEL_CODES.includes(error.code);
}

async function inTime<T>(asked: Promise<T>, { stopped, until }: { stopped: Promise<never>; until: number }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateError()), Math.max(0, until - performance.now()));
  });
  try {
    return await Promise.race([asked, late, stopped]);
  } finally {
    clearTimeout(timer);
    asked.catch(() => undefined);
  }
}

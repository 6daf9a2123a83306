import { CairnProblem } from '@cairn/client';
import { CommandFailedError, UsageError } from './connection.js';

/** What went wrong, for people; of a statement also where. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof CommandFailedError) return error.message;
  if (error instanceof CairnProblem) {
    const { detail, code, reference, excerpt, hint, suggestion } = error.problem;
    const meant = suggestion === undefined || hint?.includes(suggestion) ? undefined : `Did you mean ${suggestion}?`;
    return [`${detail} (${code}, reference ${reference})`, excerpt, meant, hint].filter((part) => part !== undefined).join('\n');
  }
  if (error instanceof TypeError && error.message === 'fetch failed')
    return `The system cannot be reached: ${(error.cause as Error)?.message ?? error.message}`;
  return (error as Error).message;
}

import { DependencyError } from '@cairn/common/contracts';
import { SpaceMissingError } from './space-errors.js';

export interface CallContext {
  operation: string;
  space?: string | undefined;
  timeoutMs: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal | undefined;
}

/** What Qdrant said, in a form both transports can give. */
export interface Refusal {
  kind: 'unavailable' | 'not_found' | 'refused';
  code: string;
  message: string;
}

// A collection whose shard key is gone holds no data either, and one that lacks a vector of ours is of an earlier version: what we remember of the space is not so,
// the same outage as a missing collection.
const MISSING = /shard key .* not found|collection .* (doesn't exist|not found)|not existing vector name/i;

/** Marks our own deadline among the reasons a call can fail. */
export class DeadlineExceeded extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/** Qdrant answered that it will not do what it was asked, and would say so again. */
export class QdrantRefusedError extends Error {
  constructor(refusal: Refusal, call: CallContext, cause: Error) {
    super(`Qdrant refused ${call.operation}${call.space ? ` in space ${call.space}` : ''} (${refusal.code})`, { cause });
    this.name = 'QdrantRefusedError';
  }
}

/** Qdrant could not be asked: connection refused or cut, deadline, an answer that is not Qdrant's. */
export function errorOfFailure(cause: unknown, call: CallContext): DependencyError {
  if (cause instanceof DependencyError) return cause;
  const late = cause instanceof DeadlineExceeded ? `did not answer within ${call.timeoutMs} ms` : 'cannot be reached';
  const what = call.signal?.aborted ? 'was waited for no longer' : late;
  return new DependencyError('qdrant', `Qdrant ${what} (${call.operation})`, cause);
}

/** Qdrant answered, but not with a result. Its words are kept as the cause only: they may repeat what was sent. */
export function errorOfRefusal(refusal: Refusal, call: CallContext): Error {
  const cause = new Error(refusal.message.slice(0, 300));
  const missing = refusal.kind === 'not_found' || (refusal.kind === 'refused' && MISSING.test(refusal.message));
  if (missing && call.space) return new SpaceMissingError(call.space, cause);
  if (refusal.kind === 'unavailable') return new DependencyError('qdrant', `Qdrant cannot do ${call.operation} now (${refusal.code})`, cause);
  return new QdrantRefusedError(refusal, call, cause);
}

/** Only what may go well a moment later is worth a second try; a missing space is for the reconciler. */
export function isWorthRetrying(error: unknown, { signal }: Pick<CallContext, 'signal'>): boolean {
  return error instanceof DependencyError && !(error instanceof SpaceMissingError) && !signal?.aborted;
}

/** How a call that failed is counted. */
export function failedOutcome(error: unknown, { signal }: Pick<CallContext, 'signal'>): 'unavailable' | 'refused' | 'cancelled' {
  if (signal?.aborted) return 'cancelled';
  return error instanceof DependencyError ? 'unavailable' : 'refused';
}

import { CairnError, DependencyError, type ErrorCode, type ServingIndex } from '@cairn/common';
import { type Failures, LateError } from './ask-spaces.js';

/** A collection that an answer lacks, and why, for people. */
export interface FailedCollection {
  collection_id: string;
  collection_name: string;
  error: string;
  /** The same as `error`. */
  error_message: string;
  code: ErrorCode;
}

export function failedCollections(asked: readonly ServingIndex[], failures: Failures): FailedCollection[] {
  return asked.flatMap((index) => {
    const failure = failures.get(index.space);
    return failure === undefined ? [] : [failedCollection(index, failure)];
  });
}

/** The indexes that have not failed. */
export function without(asked: readonly ServingIndex[], failures: Failures): ServingIndex[] {
  return asked.filter(({ space }) => !failures.has(space));
}

/** Ends a search of which nothing is left. */
export function assertSomeSearched(asked: readonly ServingIndex[], failures: Failures): void {
  if (asked.length > 0 && without(asked, failures).length === 0) throw errorOf(asked, failures);
}

/** Ends a search that has to be whole: a further page, or a rank, would be another one without what is missing. */
export function assertAllSearched(asked: readonly ServingIndex[], failures: Failures): void {
  if (without(asked, failures).length < asked.length) throw errorOf(asked, failures);
}

/** An outage, if any of them is one, because trying again helps with that; else what failed first. */
function errorOf(asked: readonly ServingIndex[], failures: Failures): Error {
  const spaces = [...new Set(asked.map(({ space }) => space))];
  const errors = spaces.flatMap((space) => failures.get(space) ?? []);
  const outage = errors.find((error) => error instanceof CairnError && error.code === 'unavailable');
  if (outage === undefined) return errors[0] as Error;
  const failed = failedCollections(asked, failures);
  const { collection_name: name, error } = failed.find(({ code }) => code === 'unavailable') as FailedCollection;
  const detail =
    asked.length === 1
      ? `The collection ${name} cannot be searched. ${error}`
      : `${failed.length} of the ${asked.length} collections cannot be searched; ${name}: ${error}`;
  return new CairnError('unavailable', detail, { cause: outage, retryAfterSeconds: 2 });
}

function failedCollection(index: ServingIndex, failure: Error): FailedCollection {
  const error = messageOf(index, failure);
  const code = failure instanceof CairnError ? failure.code : 'internal';
  return { collection_id: index.collectionId, collection_name: index.collectionName, error, error_message: error, code };
}

/** In words that tell nothing of what this system is made of, but of what the collection was made with. */
function messageOf({ model }: ServingIndex, failure: Error): string {
  if (failure instanceof LateError) return 'It did not answer in time. Search again in a moment, or in fewer collections.';
  if (!(failure instanceof DependencyError))
    return failure instanceof CairnError ? failure.message : 'Its vectors could not be searched. Reindex the collection, or ask who runs this system.';
  return failure.dependency === 'model'
    ? `No worker can embed the question with its model ${model} right now. Search again in a moment.`
    : 'Its vectors cannot be searched right now. Search again in a moment.';
}

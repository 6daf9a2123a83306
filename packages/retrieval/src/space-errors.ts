import { DependencyError, PermanentJobError } from '@cairn/common/contracts';

/**
 * The collection of a registered space is not in Qdrant: the store is down, wiped or the wrong one.
 * A dependency error, because creating it here would found a second, empty world that acknowledges writes;
 * whoever catches it waits for the reconciler.
 */
export class SpaceMissingError extends DependencyError {
  readonly space: string;

  constructor(space: string, cause?: unknown) {
    super('qdrant', `Vector space ${space} is not in Qdrant; the reconciler has to restore it`, cause);
    this.name = 'SpaceMissingError';
    this.space = space;
  }
}

/** The collection exists with another shape. Vectors of two shapes never share a collection, so nothing is written. */
export class SpaceMismatchError extends PermanentJobError {
  constructor(space: string, what: string, found: string | number, wanted: string | number) {
    super('space_mismatch', `Vector space ${space} has ${what} ${found} in Qdrant, but ${wanted} is asked for; use another model version or drop the space`);
    this.name = 'SpaceMismatchError';
  }
}

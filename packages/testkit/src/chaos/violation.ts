import { Hopeless } from '../system/wait.js';

/** A promise of docs/guarantees.md that was not kept; waiting longer would not help. Anything else that goes wrong in a scenario is a fault of the scenario. */
export class Violation extends Hopeless {
  constructor(
    readonly promise: string,
    message: string,
  ) {
    super(`${promise}: ${message}`);
    this.name = 'Violation';
  }
}

/** Throws a violation of the promise unless `kept`. */
export function must(kept: boolean, promise: string, message: string): asserts kept {
  if (!kept) throw new Violation(promise, message);
}

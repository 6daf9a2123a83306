import type { Hints, OperationKeeperRepository } from '@cairn/common';

/** Gives operations that are not over with their jobs the job that finishes them. */
export class OperationKeeper {
  constructor(
    private readonly repository: OperationKeeperRepository,
    private readonly hints: Hints,
    private readonly wakeRelay: () => void,
    private readonly options: { maxAttempts: number },
  ) {}

  async keep(): Promise<void> {
    const orgIds = await this.repository.finish(this.options.maxAttempts);
    for (const orgId of orgIds) this.hints.announceEvents(orgId);
    if (orgIds.length > 0) this.wakeRelay();
  }
}

import type { Hints, SourceRunsRepository } from '@cairn/common';

/** Has sources looked through when they are due. Any number may do this: each run begins once. */
export class SourceClock {
  constructor(
    private readonly runs: SourceRunsRepository,
    private readonly hints: Hints,
    private readonly wakeRelay: () => void,
    private readonly options: { maxAttempts: number },
  ) {}

  async tick(): Promise<void> {
    await this.runs.settle();
    const orgIds = await this.runs.begin(this.options.maxAttempts);
    for (const orgId of orgIds) this.hints.announceEvents(orgId);
    if (orgIds.length > 0) this.wakeRelay();
  }
}

import type { Hints, Logger, MaintenanceRepository } from '@cairn/common';

/** Sees to collections that want it: what failed in them by chance is tried again. Any number may do this: each collection is seen to once. */
export class Caretaker {
  constructor(
    private readonly repository: MaintenanceRepository,
    private readonly hints: Hints,
    private readonly wakeRelay: () => void,
    private readonly logger: Logger,
    private readonly options: { everyMinutes: number; maxAttempts: number },
  ) {}

  async see(): Promise<void> {
    const begun = await this.repository.begin(this.options);
    for (const { orgId, operationId, documents } of begun) {
      this.logger.info({ orgId, operationId, documents }, 'documents that failed by chance are tried again');
      this.hints.announceEvents(orgId);
    }
    if (begun.length > 0) this.wakeRelay();
  }
}

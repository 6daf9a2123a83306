import type { ReconcileRepository } from '@cairn/common';
import type { Sweeper } from './sweeper.js';

/** Notices that another database answers than before (a failover, a restore): bells that it does not know of are rung again at once. */
export class EpochWatch {
  constructor(
    private readonly repository: ReconcileRepository,
    private readonly sweeper: Sweeper,
  ) {}

  async look(): Promise<void> {
    const now = await this.repository.epoch();
    const before = await this.repository.exchangeFact('database_epoch', now);
    if (before !== undefined && before !== now) await this.sweeper.broadcast('another database answers');
  }
}

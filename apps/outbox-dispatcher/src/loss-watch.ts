import type { ReconcileRepository } from '@cairn/common';
import type { Sweeper } from './sweeper.js';

/** Notices that a store is not the one it was (a failover, a restore, a broker that lost its disk): bells that it may not know of are rung again at once. */
export class LossWatch {
  constructor(
    private readonly repository: ReconcileRepository,
    private readonly sweeper: Sweeper,
  ) {}

  async lookAtDatabase(): Promise<void> {
    await this.compare('database_epoch', await this.repository.epoch(), 'another database answers');
  }

  async lookAtStream(bornAt: string): Promise<void> {
    await this.compare('job_stream_born_at', bornAt, 'the job stream was made anew');
  }

  // Rung first and remembered after: dying in between rings twice, never not at all.
  private async compare(fact: string, now: string, reason: string): Promise<void> {
    const before = await this.repository.readFact(fact);
    if (before === now) return;
    if (before !== undefined) await this.sweeper.broadcast(reason);
    await this.repository.storeFact(fact, now);
  }
}

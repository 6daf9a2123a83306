import type { Hints, Logger, Tidied, TidyRepository } from '@cairn/common';
import type { DispatcherMetrics } from './dispatcher-metrics.js';

export interface TidierOptions {
  indexRetentionHours: number;
  documentRetentionDays: number;
  operationRetentionDays: number;
  queryRetentionDays: number;
  searchRetentionDays: number;
  unusedMinutes: number;
  maxAttempts: number;
}

/** Removes what nobody needs any more: indexes that were replaced, the last traces of what was deleted, logins that are over, old searches, contents of no document. */
export class Tidier {
  constructor(
    private readonly repository: TidyRepository,
    private readonly hints: Hints,
    private readonly wakeRelay: () => void,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
    private readonly options: TidierOptions,
  ) {}

  async tidy(signal: AbortSignal): Promise<void> {
    await this.emptyIndexes(signal);
    this.count({ points: await this.repository.removeUnborn() });
    this.count(await this.repository.forgetDeleted(this.options.documentRetentionDays));
    this.count({ operations: await this.repository.forgetOperations(this.options.operationRetentionDays) });
    this.count({ sessions: await this.repository.forgetSessions() });
    await this.forgetSearches(signal);
    await this.removeBlobs();
  }

  private async forgetSearches(signal: AbortSignal): Promise<void> {
    const { queryRetentionDays: queryDays, searchRetentionDays: searchDays } = this.options;
    while (!signal.aborted) {
      const { isDone, ...removed } = await this.repository.forgetSearches({ queryDays, searchDays });
      this.count(removed);
      if (isDone) return;
    }
  }

  private async emptyIndexes(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const part = await this.repository.emptyIndex(this.options.indexRetentionHours);
      if (part === undefined) return;
      this.count(part);
    }
  }

  private async removeBlobs(): Promise<void> {
    const orgIds = await this.repository.removeBlobs(this.options);
    for (const orgId of orgIds) this.hints.announceEvents(orgId);
    if (orgIds.length > 0) this.wakeRelay();
  }

  private count(removed: Partial<Record<Tidied, number>>): void {
    this.metrics.tidied(removed);
    if (Object.values(removed).some((count) => count > 0)) this.logger.info(removed, 'what nobody needs was removed');
  }
}

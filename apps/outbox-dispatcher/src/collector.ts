import { type DueGarbage, faultPoint, type GarbageRepository, type Logger } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { groupBy } from './group-by.js';

const BATCH = 1_000;

/** Deletes Qdrant points that no longer count, by explicit id, once running searches are over. */
export class Collector {
  constructor(
    private readonly garbage: GarbageRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
  ) {}

  async collect(signal: AbortSignal): Promise<void> {
    const unreachable: string[] = [];
    while (!signal.aborted) {
      const due = await this.garbage.due(BATCH, unreachable);
      if (due.length === 0) return;
      faultPoint('W9');
      for (const [space, points] of groupBy(due, (point) => point.space)) {
        await this.delete(space, points).catch((error: Error) => {
          // The garbage of the other spaces has nothing to do with it.
          this.logger.warn({ space, error: error.message }, 'points that no longer count could not be deleted; trying again');
          unreachable.push(space);
        });
      }
    }
  }

  private async delete(space: string, points: DueGarbage[]): Promise<void> {
    await this.spaces.deleteByIds(
      space,
      points.map((point) => point.storedId),
    );
    faultPoint('X2');
    await this.garbage.forget(points);
    this.metrics.collected(points.length);
  }
}

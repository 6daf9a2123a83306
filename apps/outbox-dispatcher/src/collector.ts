import { faultPoint, type GarbageRepository } from '@cairn/common';
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
  ) {}

  async collect(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.garbage.due(BATCH);
      if (due.length === 0) return;
      faultPoint('W9');
      for (const [space, points] of groupBy(due, (point) => point.space)) {
        await this.spaces.deleteByIds(
          space,
          points.map((point) => point.storedId),
        );
        faultPoint('X2');
        await this.garbage.forget(points);
        this.metrics.collected(points.length);
      }
    }
  }
}

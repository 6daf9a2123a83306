import { type DueGarbage, faultPoint, type GarbageRepository, type Logger } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { spaceBySpace } from './space-by-space.js';

const BATCH = 1_000;

/** Deletes Qdrant points that no longer count, by explicit id, once running searches are over. */
export class Collector {
  constructor(
    private readonly garbage: GarbageRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
  ) {}

  collect(signal: AbortSignal): Promise<void> {
    return spaceBySpace(signal, {
      due: (exceptSpaces) => this.garbage.due(BATCH, exceptSpaces),
      work: (space, points) => this.delete(space, points),
      onFailure: (space, error) => this.logger.warn({ space, error: error.message }, 'points that no longer count could not be deleted; trying again'),
    });
  }

  private async delete(space: string, points: DueGarbage[]): Promise<void> {
    faultPoint('W9');
    await this.spaces.deleteByIds(
      space,
      points.map((point) => point.storedId),
    );
    faultPoint('X2');
    await this.garbage.forget(points);
    this.metrics.collected(points.length);
  }
}

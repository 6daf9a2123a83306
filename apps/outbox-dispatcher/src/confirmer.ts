import { type FreshLot, type FreshPointsRepository, inParts, type Logger, storedPointIdOf } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { groupBy } from './group-by.js';
import type { WriteBack } from './write-back.js';

const LOTS = 50;
const POINTS_AT_ONCE = 500;

/** Looks whether searches find what became live a while ago. What Qdrant hides is written again, which it does not hide, and looked for again later. */
export class Confirmer {
  constructor(
    private readonly fresh: FreshPointsRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly writeBack: WriteBack,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
  ) {}

  async confirm(signal: AbortSignal): Promise<void> {
    const unreachable: string[] = [];
    while (!signal.aborted) {
      const due = await this.fresh.due(LOTS, unreachable);
      if (due.length === 0) return;
      for (const [space, lots] of groupBy(due, (lot) => lot.space)) {
        await this.confirmSpace(space, lots).catch((error: Error) => {
          // The points of the other spaces have nothing to do with it.
          this.logger.warn({ space, error: error.message }, 'fresh points could not be looked for; trying again');
          unreachable.push(space);
        });
      }
    }
  }

  private async confirmSpace(space: string, lots: FreshLot[]): Promise<void> {
    const points = await this.fresh.points(lots);
    const ids = points.map(({ pointId, token }) => storedPointIdOf(pointId, token));
    const found = await this.spaces.searchableIds(space, ids);
    const hidden = points.filter((_, at) => !found.has(ids[at] as string));
    for (const part of inParts(hidden, { items: POINTS_AT_ONCE, size: POINTS_AT_ONCE, sizeOf: () => 1 })) await this.writeBack.write(space, part);
    if (hidden.length > 0) {
      this.metrics.rewritten(hidden.length);
      this.logger.warn({ space, points: hidden.length }, 'Qdrant hid points from searches; they were written again');
    }
    await this.fresh.forget(lots);
  }
}

import { AHEAD_COUNTS_MS, type FreshLot, type FreshPointsRepository, inParts, type Logger, storedPointIdOf } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { spaceBySpace } from './space-by-space.js';
import type { WriteBack } from './write-back.js';

const LOTS = 50;
const POINTS_AT_ONCE = 500;
/** A search that asked Qdrant before the points were found, and Postgres after they were forgotten, would miss them: it takes less time than this. */
const FORGOTTEN_AFTER_MS = 2 * AHEAD_COUNTS_MS;

/** Looks whether searches find what became live a while ago. What Qdrant hides is written again, which it does not hide, and looked for again later. */
export class Confirmer {
  /** Lots that were looked for, and when, by the clock of `performance`. */
  private readonly looked = new Map<string, { lot: FreshLot; at: number }>();

  constructor(
    private readonly fresh: FreshPointsRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly writeBack: WriteBack,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
  ) {}

  confirm(signal: AbortSignal): Promise<void> {
    return spaceBySpace(signal, {
      due: (exceptSpaces) => this.due(exceptSpaces),
      work: (space, lots) => this.confirmSpace(space, lots),
      onFailure: (space, error) => this.logger.warn({ space, error: error.message }, 'fresh points could not be looked for; trying again'),
    });
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
    for (const lot of lots) this.looked.set(lot.id, { lot, at: performance.now() });
  }

  // Before each look: where much is written there is always a next one.
  private async due(exceptSpaces: string[]): Promise<FreshLot[]> {
    await this.forget();
    return this.fresh.due(LOTS, exceptSpaces, [...this.looked.keys()]);
  }

  private async forget(): Promise<void> {
    const lots = [...this.looked.values()].flatMap(({ lot, at }) => (performance.now() - at > FORGOTTEN_AFTER_MS ? [lot] : []));
    if (lots.length === 0) return;
    await this.fresh.forget(lots);
    for (const { id } of lots) this.looked.delete(id);
  }
}

import {
  type ClaimedSpace,
  faultPoint,
  inParts,
  type Logger,
  quantizationOf,
  type ReconcileRepository,
  type StandingPoint,
  storedPointIdOf,
} from '@cairn/common';
import { type SpaceMaintenance, type SpaceMarker, SpaceMissingError, type VectorStorage } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import type { WriteBack } from './write-back.js';

const PAGE = 500;
/** A dispatcher that dies holding a space keeps the others off it for this long; one that works on it claims it anew with every page. */
const CLAIM_MS = 10_000;

export interface ReconcilerOptions {
  /** How often every space is compared point by point even if nothing looks wrong. */
  fullEveryMs: number;
  /** How spaces that are made anew keep vectors. */
  storage: VectorStorage;
}

interface Seen {
  state: 'there' | 'missing' | 'outdated';
  marker: SpaceMarker | undefined;
}

/**
 * Brings Qdrant back to what Postgres says. A marker that counts up in both tells at once when Qdrant was wiped or restored from an older
 * snapshot; a full comparison finds the rest: missing points are written again from Postgres, without the model, and strangers are deleted by id.
 */
export class Reconciler {
  private readonly comparedAt = new Map<string, number>();
  private readonly told = new Set<string>();

  constructor(
    private readonly repository: ReconcileRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly writeBack: WriteBack,
    private readonly metrics: DispatcherMetrics,
    private readonly logger: Logger,
    private readonly options: ReconcilerOptions,
  ) {}

  async reconcile(signal: AbortSignal): Promise<void> {
    for (const name of await this.repository.spaces()) {
      const space = signal.aborted ? undefined : await this.repository.claim(name, CLAIM_MS);
      if (space) await this.reconcileSpace(space, signal).catch((error: Error) => this.failed(name, error));
    }
  }

  // The other spaces have nothing to do with it.
  private failed(space: string, error: Error): void {
    this.logger.warn({ space, error: error.message }, 'a space could not be reconciled; trying again');
  }

  private async reconcileSpace(space: ClaimedSpace, signal: AbortSignal): Promise<void> {
    try {
      const seen = await this.look(space);
      if (await this.needsComparison(space, seen)) await this.compare(space, signal);
      if (!signal.aborted) await this.moveMarker(space, seen);
    } finally {
      await this.repository.release(space);
    }
  }

  private async needsComparison(space: ClaimedSpace, { state, marker }: Seen): Promise<boolean> {
    if (state === 'outdated') await this.drop(space);
    // Before there is an empty space to search, and after the last moment in which something was written to the one that is gone.
    if (state !== 'there' || isLost(space, marker)) await this.repository.beginRestoring(space.name);
    if (state !== 'there') await this.makeAnew(space);
    const trusted = state === 'there' && !space.restoring && marker?.epoch === (await this.repository.epoch()) && marker.counter >= space.marker;
    if (!trusted) {
      this.logger.warn({ space: space.name, expected: space.marker, found: marker?.counter ?? null }, 'Qdrant is not as it was left; comparing all points');
      return true;
    }
    return Date.now() - (this.comparedAt.get(space.name) ?? 0) > this.options.fullEveryMs;
  }

  // A space of an earlier version cannot hold what points have now; like a lost one it is made anew, from Postgres.
  private async look({ name }: ClaimedSpace): Promise<Seen> {
    try {
      const { hasTerms, knobs } = await this.spaces.describeSpace(name);
      if (!hasTerms) return { state: 'outdated', marker: undefined };
      if (knobs.storage !== this.storageOf(name)) this.tellOnce(name, knobs.storage);
      return { state: 'there', marker: await this.spaces.readMarker(name) };
    } catch (error) {
      if (!(error instanceof SpaceMissingError)) throw error;
      return { state: 'missing', marker: undefined };
    }
  }

  private async drop(space: ClaimedSpace): Promise<void> {
    await this.repository.beginRestoring(space.name);
    await this.keep(space);
    await this.spaces.dropSpace(space.name);
  }

  private async makeAnew(space: ClaimedSpace): Promise<void> {
    await this.keep(space);
    const storage = this.storageOf(space.name);
    await this.spaces.ensureSpace({ space: space.name, dimension: space.dimension, distance: 'Cosine', knobs: { storage } });
  }

  private storageOf(space: string): VectorStorage {
    return quantizationOf(space) ?? this.options.storage;
  }

  // Two dispatchers may be told different things, so that none of them makes a space anew for it.
  private tellOnce(space: string, storage: VectorStorage): void {
    if (this.told.has(space)) return;
    this.told.add(space);
    this.logger.warn(
      { space, storage, wanted: this.storageOf(space) },
      'a space keeps vectors otherwise than VECTOR_STORAGE says; delete its collection in Qdrant to have it made anew',
    );
  }

  // Qdrant first: a crash in between leaves it ahead, and one that is behind has lost something. Not over a marker that is not the one that was seen:
  // then Qdrant became another one meanwhile.
  private async moveMarker(space: ClaimedSpace, { state, marker }: Seen): Promise<void> {
    const now = state === 'there' ? await this.spaces.readMarker(space.name) : undefined;
    if (now?.counter !== marker?.counter) throw new Error('the marker changed during the comparison');
    await this.keep(space);
    const counter = Math.max(space.marker, marker?.counter ?? 0) + 1;
    await this.spaces.writeMarker(space.name, { epoch: await this.repository.epoch(), counter });
    await this.repository.moveMarker(space, counter);
  }

  private async compare(space: ClaimedSpace, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const restored = await this.restoreMissing(space, signal);
    const deleted = await this.deleteStrangers(space, signal);
    if (signal.aborted) return;
    this.comparedAt.set(space.name, Date.now());
    this.metrics.reconciled({ restored, deleted });
    const fields = { space: space.name, restored, deleted, ms: Math.round(performance.now() - startedAt) };
    if (restored + deleted > 0) this.logger.warn(fields, 'Qdrant was brought back to what Postgres says');
    else this.logger.info(fields, 'Qdrant and Postgres agree');
  }

  private async keep(space: ClaimedSpace): Promise<void> {
    space.claimedUntil = await this.repository.extend(space, CLAIM_MS);
  }

  private async restoreMissing(space: ClaimedSpace, signal: AbortSignal): Promise<number> {
    let restored = 0;
    let page = await this.repository.standing(space.name, undefined, PAGE);
    while (page.length > 0 && !signal.aborted) {
      const there = await this.spaces.retrieveIds(space.name, page.map(storedIdOf));
      for (const lot of inParts(
        page.filter((point) => !there.has(storedIdOf(point))),
        LOT,
      )) {
        restored += await this.writeBack.write(space.name, lot);
        await this.keep(space);
      }
      await this.keep(space);
      page = await this.repository.standing(space.name, page.at(-1), PAGE);
    }
    return restored;
  }

  // A point of a running attempt is no stranger yet. One that is live now was restored or activated in the meantime.
  private async deleteStrangers(space: ClaimedSpace, signal: AbortSignal): Promise<number> {
    let deleted = 0;
    let offset: string | undefined;
    do {
      const page = await this.spaces.scroll(space.name, { limit: PAGE, offset });
      const wanted = await this.repository.wanted(space.name, page.points);
      const strangers = page.points.filter((point) => !wanted.has(point.id)).map((point) => point.id);
      if (strangers.length > 0) {
        faultPoint('R2');
        await this.spaces.deleteByIds(space.name, strangers);
      }
      deleted += strangers.length;
      await this.keep(space);
      offset = page.next;
    } while (offset !== undefined && !signal.aborted);
    return deleted;
  }
}

// A marker that is gone or behind means that points are gone as well. A new space has none yet.
function isLost(space: ClaimedSpace, marker: SpaceMarker | undefined): boolean {
  return marker ? marker.counter < space.marker : space.marker > 0;
}

/** Points that are read and written together: the words of a long text take a megabyte. */
const LOT = { size: 8_000_000, sizeOf: ({ bytes }: StandingPoint) => bytes };

const storedIdOf = ({ pointId, token }: Pick<StandingPoint, 'pointId' | 'token'>): string => storedPointIdOf(pointId, token);

import {
  type ClaimedSpace,
  faultPoint,
  floatsOf,
  type Logger,
  type ReconcileRepository,
  type StandingVector,
  scopeOfRebuild,
  sparseOf,
  storedPointIdOf,
} from '@cairn/common';
import { type QdrantGateway, type SpaceMaintenance, type SpaceMarker, SpaceMissingError, type VectorStorage } from '@cairn/retrieval';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { groupBy } from './group-by.js';

const PAGE = 500;
/** A dispatcher that dies holding a space keeps the others off it for this long; one that works on it claims it anew with every page. */
const CLAIM_MS = 10_000;

export interface ReconcilerOptions {
  /** How often every space is compared point by point even if nothing looks wrong. */
  fullEveryMs: number;
  /** How vectors are to be kept; a space that keeps them otherwise is made anew. */
  storage: VectorStorage;
}

/**
 * Brings Qdrant back to what Postgres says. A marker that counts up in both tells at once when Qdrant was wiped or restored from an older
 * snapshot; a full comparison finds the rest: missing points are written again from Postgres, without the model, and strangers are deleted by id.
 */
export class Reconciler {
  private readonly comparedAt = new Map<string, number>();

  constructor(
    private readonly repository: ReconcileRepository,
    private readonly spaces: SpaceMaintenance,
    private readonly gateway: QdrantGateway,
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
      if (await this.needsComparison(space)) await this.compare(space, signal);
      if (!signal.aborted) await this.moveMarker(space);
    } finally {
      await this.repository.release(space);
    }
  }

  private async needsComparison(space: ClaimedSpace): Promise<boolean> {
    const { state, marker } = await this.look(space);
    if (state === 'outdated' || isLost(space, marker)) await this.repository.beginRestoring(space.name); // before there is an empty space to search
    if (state === 'outdated') await this.spaces.dropSpace(space.name);
    const { storage } = this.options;
    if (state !== 'there') await this.spaces.ensureSpace({ space: space.name, dimension: space.dimension, distance: 'Cosine', knobs: { storage } });
    const trusted = marker !== undefined && marker.epoch === (await this.repository.epoch()) && marker.counter >= space.marker;
    if (!trusted) {
      this.logger.warn({ space: space.name, expected: space.marker, found: marker?.counter ?? null }, 'Qdrant is not as it was left; comparing all points');
      return true;
    }
    return Date.now() - (this.comparedAt.get(space.name) ?? 0) > this.options.fullEveryMs;
  }

  // A space of an earlier version cannot hold what points have now, or not as it is wanted; like a lost one it is made anew, from Postgres.
  private async look({ name }: ClaimedSpace): Promise<{ state: 'there' | 'missing' | 'outdated'; marker?: SpaceMarker | undefined }> {
    try {
      const { hasTerms, knobs } = await this.spaces.describeSpace(name);
      return hasTerms && knobs.storage === this.options.storage ? { state: 'there', marker: await this.spaces.readMarker(name) } : { state: 'outdated' };
    } catch (error) {
      if (!(error instanceof SpaceMissingError)) throw error;
      return { state: 'missing' };
    }
  }

  // Postgres first: a crash in between leaves Qdrant behind, which only costs a comparison.
  private async moveMarker(space: ClaimedSpace): Promise<void> {
    const counter = await this.repository.nextMarker(space);
    await this.spaces.writeMarker(space.name, { epoch: await this.repository.epoch(), counter });
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
      const missing = page.filter((vector) => !there.has(storedIdOf(vector)));
      restored += await this.restore(space.name, missing);
      await this.keep(space);
      page = await this.repository.standing(space.name, page.at(-1), PAGE);
    }
    return restored;
  }

  private async restore(space: string, missing: StandingVector[]): Promise<number> {
    for (const [orgId, vectors] of groupBy(missing, (vector) => vector.orgId)) {
      faultPoint('R3');
      await this.gateway.upsert(scopeOfRebuild({ orgId }), space, vectors.map(pointOf));
    }
    return missing.length;
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

// A marker that is one behind is one that could not be written; one that is gone or older means that points are gone as well.
function isLost(space: ClaimedSpace, marker: { counter: number } | undefined): boolean {
  return marker ? marker.counter < space.marker - 1 : space.marker > 0;
}

const storedIdOf = (vector: StandingVector): string => storedPointIdOf(vector.pointId, vector.token);

function pointOf(vector: StandingVector) {
  return {
    id: storedPointIdOf(vector.pointId, vector.token),
    vector: floatsOf(vector.vector),
    terms: vector.terms === null ? undefined : sparseOf(vector.terms),
    payload: {
      point_id: vector.pointId,
      asset_id: vector.assetId,
      segment_id: vector.segmentId,
      model: vector.model,
      model_ver: vector.modelVer,
      token: vector.token,
    },
  };
}

import { isLooseUuid } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import { inBatches } from './in-lanes.js';
import { DEFAULT_TIMEOUTS, type QdrantOptions, type QdrantTimeouts } from './qdrant-options.js';
import { type RestCall, RestTransport } from './rest-transport.js';
import { MAIN_SHARD_KEY, type SpaceDescription, type SpaceSpec } from './space.js';
import { SpaceMissingError } from './space-errors.js';
import { SpaceSchema } from './space-schema.js';

/** A stored point as the reconciler compares it with Postgres. */
export interface StoredPointRef {
  id: string;
  orgId: string;
  pointId: string;
  token: string;
}

/**
 * Written by the reconciler into every space and compared with its own record in Postgres: another epoch means another or an emptied store,
 * a lower counter one that was rolled back (guarantees.md G5).
 */
export interface SpaceMarker {
  epoch: string;
  counter: number;
}

/** The id of the marker point. Its organisation is `-`, which no TenantScope can name, so no tenant ever meets it. */
export const MARKER_POINT_ID = '00000000-0000-0000-0000-00ca17000001';

const BATCH_SIZE = 1_000;
const ALL_BUT_MARKER: Schemas['Filter'] = { must_not: [{ has_id: [MARKER_POINT_ID] }] };

/**
 * The spaces across all organisations, for the dispatcher, the reconciler and the garbage collector; never for code that serves a tenant.
 * Deletes by explicit id only: points deleted by filter came back after a restart before Qdrant 1.19 (guarantees.md decision 7).
 */
export class SpaceMaintenance {
  private readonly rest: RestTransport;
  private readonly schema: SpaceSchema;
  private readonly timeouts: QdrantTimeouts;

  constructor(options: QdrantOptions) {
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.rest = new RestTransport(options);
    this.schema = new SpaceSchema(this.rest, options.namespace, this.timeouts);
  }

  /** Asks Qdrant each time, unlike the gateway: what this process saw before a wipe says nothing about now. */
  ensureSpace(spec: SpaceSpec): Promise<SpaceDescription> {
    this.schema.forget(spec.space);
    return this.schema.ensure(spec);
  }

  describeSpace(space: string): Promise<SpaceDescription> {
    return this.schema.describe(space);
  }

  /** The spaces of this namespace that Qdrant has. */
  listSpaces(): Promise<string[]> {
    return this.schema.list();
  }

  /** For tests and for a model that is given up: the space and all its points are gone. */
  dropSpace(space: string): Promise<void> {
    return this.schema.drop(space);
  }

  /** Resolves when none of the ids is there any more. Ids that were not there are no error. */
  async deleteByIds(space: string, ids: readonly string[]): Promise<void> {
    assertIds(ids);
    for (const points of inBatches(ids, BATCH_SIZE)) await this.call('delete', space, '/points/delete?wait=true', { points });
  }

  /** Which of the ids are there. */
  async retrieveIds(space: string, ids: readonly string[]): Promise<Set<string>> {
    assertIds(ids);
    const found = new Set<string>();
    for (const batch of inBatches(ids, BATCH_SIZE)) {
      const body: Schemas['PointRequest'] = { ids: batch, with_payload: false };
      for (const point of await this.call<Schemas['Record'][]>('retrieve', space, '/points', body)) found.add(String(point.id));
    }
    return found;
  }

  /** Which of the ids a search finds: Qdrant may hide from searches what it has (ADR 22). */
  async searchableIds(space: string, ids: readonly string[]): Promise<Set<string>> {
    assertIds(ids);
    const { dimension } = await this.schema.get(space);
    const found = new Set<string>();
    for (const batch of inBatches(ids, BATCH_SIZE)) {
      const filter: Schemas['Filter'] = { must: [{ has_id: batch }] };
      const body: Schemas['QueryRequest'] = { query: anyVector(dimension), filter, limit: batch.length, params: { exact: true } };
      const { points } = await this.call<Schemas['QueryResponse']>('look_for', space, '/points/query', body);
      for (const point of points) found.add(String(point.id));
    }
    return found;
  }

  /** All points of the space in the order of their ids, the marker left out; `next` is the offset of the following page. */
  async scroll(space: string, { limit, offset }: { limit: number; offset?: string | undefined }): Promise<{ points: StoredPointRef[]; next?: string }> {
    const body: Schemas['ScrollRequest'] = { filter: ALL_BUT_MARKER, limit, with_payload: ['org_id', 'point_id', 'token'], ...(offset ? { offset } : {}) };
    const page = await this.call<Schemas['ScrollResult']>('scroll', space, '/points/scroll', body);
    const points = page.points.map(refOf);
    return page.next_page_offset == null ? { points } : { points, next: String(page.next_page_offset) };
  }

  /** Exact, over all organisations, the marker left out. */
  async count(space: string): Promise<number> {
    const body: Schemas['CountRequest'] = { filter: ALL_BUT_MARKER, exact: true };
    return (await this.call<Schemas['CountResult']>('count', space, '/points/count', body)).count;
  }

  /** The marker, or undefined in a space that never had one. */
  async readMarker(space: string): Promise<SpaceMarker | undefined> {
    const body: Schemas['PointRequest'] = { ids: [MARKER_POINT_ID], with_payload: true };
    const [point] = await this.call<Schemas['Record'][]>('read_marker', space, '/points', body);
    return point && markerOf(point.payload ?? {});
  }

  async writeMarker(space: string, marker: SpaceMarker): Promise<void> {
    const { dimension } = await this.schema.get(space);
    const vector = anyVector(dimension);
    const payload = { org_id: '-', kind: 'marker', epoch: marker.epoch, counter: marker.counter };
    await this.call('write_marker', space, '/points?wait=true', { points: [{ id: MARKER_POINT_ID, vector, payload }] }, 'PUT');
  }

  /** Resolves when Qdrant is ready; DependencyError when it is not within the time. */
  health(timeoutMs: number): Promise<void> {
    return this.rest.probe(timeoutMs);
  }

  async close(): Promise<void> {
    await this.rest.close();
  }

  private async call<Result>(operation: string, space: string, path: string, body: object, method: RestCall['method'] = 'POST'): Promise<Result> {
    const address = `/collections/${encodeURIComponent(this.schema.collectionOf(space))}${path}`;
    const routed = { ...body, shard_key: MAIN_SHARD_KEY };
    try {
      return await this.rest.call<Result>({ operation, space, method, path: address, body: routed, timeoutMs: this.timeouts.maintenanceMs, retries: 1 });
    } catch (error) {
      if (error instanceof SpaceMissingError) this.schema.forget(space);
      throw error;
    }
  }
}

const anyVector = (dimension: number): number[] => Array.from({ length: dimension }, (_, at) => (at === 0 ? 1 : 0));

function assertIds(ids: readonly string[]): void {
  if (!ids.every(isLooseUuid)) throw new Error('A point id must be a UUID');
}

function refOf(point: Schemas['Record']): StoredPointRef {
  const payload = point.payload ?? {};
  return { id: String(point.id), orgId: String(payload.org_id ?? ''), pointId: String(payload.point_id ?? ''), token: String(payload.token ?? '') };
}

function markerOf(payload: Record<string, unknown>): SpaceMarker {
  return { epoch: String(payload.epoch), counter: Number(payload.counter) };
}

import { type Conditions, DependencyError, inParts, isLooseUuid, type SparseVector, type TenantScope } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import { type QdrantFilter, tenantFilter } from './conditions.js';
import { GrpcPoints } from './grpc/grpc-points.js';
import { inBatches, inLanes } from './in-lanes.js';
import { type Hit, PAYLOAD_FIELDS, type PointFacts, type PointPayload, type PointToWrite, storedPointOf } from './point.js';
import type { NearestQuery, PointsTransport, ScoredPoint } from './points-transport.js';
import { DEFAULT_TIMEOUTS, type QdrantOptions, type QdrantTimeouts } from './qdrant-options.js';
import { RestPoints } from './rest-points.js';
import { RestTransport } from './rest-transport.js';
import { orgIdOf } from './scope-check.js';
import { anyVector, MAIN_SHARD_KEY, type SpaceDescription, type SpaceSpec } from './space.js';
import { SpaceMissingError } from './space-errors.js';
import { assertSameShape, SpaceSchema } from './space-schema.js';
import { traced } from './traced.js';
import { assertIndexable, assertSparse } from './vector-check.js';

export interface SearchRequest {
  /** A sparse one is compared with the terms of the points. */
  vector: Float32Array | SparseVector;
  limit: number;
  conditions?: Conditions | undefined;
  excludeIds?: readonly string[] | undefined;
  params?: { exact?: boolean; hnswEf?: number } | undefined;
  /** What is wanted of the hits, for many are costly to read; all when left out, and what is left out is empty. */
  facts?: readonly (keyof PointFacts)[] | undefined;
  /** Aborted when nobody waits any more: Qdrant hears of it. */
  signal?: AbortSignal | undefined;
}

export interface ScrollRequest {
  limit: number;
  offset?: string | undefined;
  conditions?: Conditions | undefined;
}

interface Named extends Pick<SearchRequest, 'vector'> {
  ids: readonly string[];
}

interface Nearest extends Pick<SearchRequest, 'vector' | 'params' | 'signal'> {
  filter: QdrantFilter;
  limit: number;
  payload: NearestQuery['payload'];
}

const BYTES_PER_TERM = 8;
const LANES = 2;
const MAX_LIMIT = 10_000;
const MAX_NAMED = 2_000;

/**
 * One organisation's view of the vector spaces. Every call takes the TenantScope and puts its condition into the request itself,
 * so no caller can forget or widen it. It writes by explicit id and has no way to delete: that is SpaceMaintenance's.
 */
export class QdrantGateway {
  private readonly rest: RestTransport;
  private readonly schema: SpaceSchema;
  private readonly points: PointsTransport;
  private readonly timeouts: QdrantTimeouts;

  constructor(options: QdrantOptions) {
    this.timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.rest = new RestTransport(options);
    this.schema = new SpaceSchema(this.rest, options.namespace, this.timeouts);
    this.points = options.grpcUrl ? new GrpcPoints(options.grpcUrl, options) : new RestPoints(this.rest);
  }

  /**
   * For start-up and first use. Remembers what it saw until Qdrant says that the space is not there. Refuses a space that exists with another dimension,
   * distance or sharding.
   */
  ensureSpace(spec: SpaceSpec): Promise<SpaceDescription> {
    return this.schema.ensure(spec);
  }

  /** Throws SpaceMissingError while the space is not there, and SpaceMismatchError when it is another one. */
  async expectSpace(spec: SpaceSpec): Promise<void> {
    assertSameShape(spec, await this.schema.describe(spec.space));
  }

  /**
   * Resolves when Qdrant has applied every point. Safe to repeat: the same id and vector change nothing.
   * Refuses, before anything is sent, a vector that cosine cannot compare. Never creates a space: SpaceMissingError instead. A space of an earlier
   * version gets no terms; the reconciler makes it anew with those that Postgres has.
   */
  async upsert(scope: TenantScope, space: string, points: readonly PointToWrite[], signal?: AbortSignal): Promise<void> {
    await this.inSpace(space, async ({ dimension, collection, hasTerms }) => {
      for (const point of points) assertWritable(point, dimension);
      await inLanes(inParts(points, BATCH), LANES, async (batch) => {
        signal?.throwIfAborted();
        const stored = batch.map((point) => storedPointOf(scope, hasTerms ? point : { ...point, terms: undefined }));
        const write = () => this.points.upsert({ space, collection, points: stored, timeoutMs: this.timeouts.upsertMs });
        await traced('upsert', { 'db.collection.name': collection, 'db.operation.batch.size': batch.length }, write);
      });
    });
  }

  /** The nearest points of this organisation, best first. Candidates only: Postgres decides which of them are live. */
  async search(scope: TenantScope, space: string, request: SearchRequest): Promise<Hit[]> {
    const filter = tenantFilter(scope, request.conditions, { excludeIds: request.excludeIds });
    const { vector, params, facts, signal } = request;
    const payload = facts === undefined ? PAYLOAD_FIELDS : (['org_id', ...facts] as const);
    const points = await this.nearest(space, { vector, params, filter, limit: checkLimit(request.limit), payload, signal });
    return points.map((point) => hitOf(scope, point));
  }

  /**
   * The scores of those of these points that match, and which of them no search finds. Words do not tell a point that is hidden from one that has none of
   * them: that a search by vectors finds it says so, before and after, so that it was not hidden in between.
   */
  async compare(scope: TenantScope, space: string, { vector, ids }: Named): Promise<{ scores: Map<string, number>; hidden: string[] }> {
    const byWords = !(vector instanceof Float32Array);
    const before = byWords ? await this.findable(scope, space, ids) : undefined;
    const scores = await this.scoresOf(scope, space, { vector, ids });
    const rest = ids.filter((id) => !scores.has(id));
    const after = byWords && rest.length > 0 ? await this.findable(scope, space, rest) : undefined;
    return { scores, hidden: rest.filter((id) => !(before?.has(id) && after?.has(id))) };
  }

  /** How many points the organisation has, live or not yet collected. */
  async count(scope: TenantScope, space: string, conditions?: Conditions): Promise<number> {
    const filter = tenantFilter(scope, conditions);
    return this.inSpace(space, async (known) => {
      const request: Schemas['CountRequest'] = { filter, exact: true };
      return (await this.read<Schemas['CountResult']>('count', known, '/points/count', request)).count;
    });
  }

  /** The organisation's points in the order of their ids; `next` is the offset of the following page. */
  async scroll(scope: TenantScope, space: string, request: ScrollRequest): Promise<{ points: { id: string; payload: PointPayload }[]; next?: string }> {
    const filter = tenantFilter(scope, request.conditions);
    return this.inSpace(space, async (known) => {
      const body: Schemas['ScrollRequest'] = {
        filter,
        limit: checkLimit(request.limit),
        with_payload: true,
        ...(request.offset ? { offset: request.offset } : {}),
      };
      const page = await this.read<Schemas['ScrollResult']>('scroll', known, '/points/scroll', body);
      const points = page.points.map((point) => ({ id: String(point.id), payload: ownPayload(scope, point.payload) }));
      return page.next_page_offset == null ? { points } : { points, next: String(page.next_page_offset) };
    });
  }

  /** Which of these points of the organisation are there, whether a search finds them or not. */
  async retrieveIds(scope: TenantScope, space: string, ids: readonly string[]): Promise<Set<string>> {
    const there = new Set<string>();
    for (const batch of inBatches(ids, MAX_NAMED)) {
      const body = { ids: [...batch], with_payload: ['org_id'] };
      const found = await this.inSpace(space, (known) => this.read<Schemas['Record'][]>('retrieve', known, '/points', body));
      for (const point of found) if (point.payload?.org_id === orgIdOf(scope)) there.add(String(point.id));
    }
    return there;
  }

  /** Resolves when Qdrant is ready; DependencyError when it is not within the time. */
  health(timeoutMs: number): Promise<void> {
    return this.rest.probe(timeoutMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.points.close(), this.rest.close()]);
  }

  private async findable(scope: TenantScope, space: string, ids: readonly string[]): Promise<Map<string, number>> {
    const { dimension } = await this.inSpace(space, async (known) => known);
    return this.scoresOf(scope, space, { vector: anyVector(dimension), ids });
  }

  private async scoresOf(scope: TenantScope, space: string, { vector, ids }: Named): Promise<Map<string, number>> {
    const scores = new Map<string, number>();
    for (const onlyIds of inBatches(ids, MAX_NAMED)) {
      const filter = tenantFilter(scope, {}, { onlyIds });
      const found = await this.nearest(space, { vector, filter, limit: onlyIds.length, params: { exact: true }, payload: [] });
      for (const { id, score } of found) scores.set(id, score);
    }
    return scores;
  }

  private async nearest(space: string, query: Nearest): Promise<ScoredPoint[]> {
    const { vector, params = {} } = query;
    if (!(vector instanceof Float32Array) && vector.indices.length === 0) return []; // no words, no hits
    return this.inSpace(space, async (known) => {
      assertComparable(vector, known);
      const asked = { ...query, params, space, collection: known.collection, timeoutMs: this.timeouts.searchMs };
      return traced('search', { 'db.collection.name': known.collection }, () => this.points.nearest(asked));
    });
  }

  private read<Result>(
    operation: string,
    { space, collection }: SpaceDescription,
    path: string,
    body: { filter?: QdrantFilter | Record<string, unknown> | null; ids?: string[] },
  ) {
    const timeoutMs = this.timeouts.searchMs;
    const address = `/collections/${encodeURIComponent(collection)}${path}?timeout=${Math.ceil(timeoutMs / 1000)}`;
    return this.rest.call<Result>({ operation, space, method: 'POST', path: address, body: { ...body, shard_key: MAIN_SHARD_KEY }, timeoutMs, retries: 1 });
  }

  private async inSpace<Result>(space: string, work: (known: SpaceDescription) => Promise<Result>): Promise<Result> {
    try {
      const known = await this.schema.get(space);
      if (!known.hasTerms) this.schema.forget(space); // it will be made anew
      return await work(known);
    } catch (error) {
      if (error instanceof SpaceMissingError) this.schema.forget(space);
      throw error;
    }
  }
}

function assertWritable(point: PointToWrite, dimension: number): void {
  if (!isLooseUuid(point.id)) throw new Error('A point id must be a UUID');
  for (const field of PAYLOAD_FIELDS) {
    if (field !== 'org_id' && typeof point.payload[field] !== 'string') throw new Error(`Point ${point.id} has no ${field}`);
  }
  assertIndexable(point.vector, dimension, `The vector of point ${point.id}`);
  if (point.terms) assertSparse(point.terms, `The terms of point ${point.id}`);
}

function assertComparable(vector: SearchRequest['vector'], { dimension, hasTerms }: SpaceDescription): void {
  if (vector instanceof Float32Array) assertIndexable(vector, dimension, 'The query vector');
  else assertSparse(vector, 'The query vector');
  if (!hasTerms && !(vector instanceof Float32Array))
    throw new DependencyError('qdrant', 'The words of texts are being written to Qdrant. Try again in a moment.');
}

/** So many points, or so many bytes where texts are long: what Qdrant takes in one request has an end. */
const BATCH = {
  items: 256,
  size: 4_000_000,
  sizeOf: ({ vector, terms }: PointToWrite) => vector.byteLength + (terms?.indices.length ?? 0) * BYTES_PER_TERM,
};

function checkLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw new Error(`A limit must be 1 to ${MAX_LIMIT}, not ${limit}`);
  return limit;
}

function hitOf(scope: TenantScope, point: ScoredPoint): Hit {
  return { id: point.id as Hit['id'], score: point.score, payload: ownPayload(scope, point.payload) };
}

// The second wall: whatever the first one missed ends the request instead of being shown.
function ownPayload(scope: TenantScope, payload: unknown): PointPayload {
  const own = payload as PointPayload | null;
  if (own?.org_id !== scope.orgId) throw new Error('Qdrant answered a tenant call with a point of another organisation');
  return own;
}

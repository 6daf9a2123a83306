import { DependencyError, type SparseVector } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import type { PointPayload, StoredPoint } from './point.js';
import { type NearestQuery, OVERSAMPLING, type PointsTransport, type ScoredPoint, type SearchParams, type UpsertBatch } from './points-transport.js';
import type { RestTransport } from './rest-transport.js';
import { MAIN_SHARD_KEY, TERMS_VECTOR } from './space.js';

/** The hot calls as JSON: for a Qdrant whose gRPC port cannot be reached. Turning vectors into decimal text is most of its cost. */
export class RestPoints implements PointsTransport {
  constructor(private readonly rest: RestTransport) {}

  async upsert({ space, collection, points, timeoutMs }: UpsertBatch): Promise<void> {
    const body: Schemas['PointsList'] = { shard_key: MAIN_SHARD_KEY, points: points.map(pointOf) };
    const path = `/collections/${encodeURIComponent(collection)}/points?wait=true`;
    const result = await this.rest.call<Schemas['UpdateResult']>({ operation: 'upsert', space, method: 'PUT', path, body, timeoutMs, retries: 1 });
    if (result.status !== 'completed') throw new DependencyError('qdrant', 'Qdrant took the points but has not applied them');
  }

  async nearest(query: NearestQuery): Promise<ScoredPoint[]> {
    const { space, collection, filter, limit, timeoutMs, signal } = query;
    const body: Schemas['QueryRequest'] = {
      ...nearestOf(query.vector),
      filter,
      limit,
      with_payload: query.payload.length > 0 && [...query.payload],
      params: paramsOf(query.params),
      shard_key: MAIN_SHARD_KEY,
    };
    const path = `/collections/${encodeURIComponent(collection)}/points/query?timeout=${Math.ceil(timeoutMs / 1000)}`;
    const call = { operation: 'search', space, method: 'POST', path, body, timeoutMs, signal, retries: 1 } as const;
    const { points } = await this.rest.call<Schemas['QueryResponse']>(call);
    return points.map(({ id, score, payload }) => ({ id: String(id), score, payload: (payload ?? {}) as unknown as PointPayload }));
  }

  async close(): Promise<void> {}
}

// Qdrant knows the vector that has no name by the empty one when others have names.
function pointOf({ id, vector, terms, payload }: StoredPoint): Schemas['PointStruct'] {
  const dense = Array.from(vector);
  return { id, vector: terms ? { '': dense, [TERMS_VECTOR]: listsOf(terms) } : dense, payload };
}

function nearestOf(vector: Float32Array | SparseVector): Pick<Schemas['QueryRequest'], 'query' | 'using'> {
  return vector instanceof Float32Array ? { query: Array.from(vector) } : { query: listsOf(vector), using: TERMS_VECTOR };
}

function listsOf({ indices, values }: SparseVector): Schemas['SparseVector'] {
  return { indices: Array.from(indices), values: Array.from(values) };
}

function paramsOf({ exact, hnswEf }: SearchParams): Schemas['SearchParams'] {
  return {
    ...(exact ? { exact } : {}),
    ...(hnswEf ? { hnsw_ef: hnswEf } : {}),
    quantization: { rescore: true, oversampling: OVERSAMPLING },
  };
}

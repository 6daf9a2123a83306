import { DependencyError } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import type { StoredPoint } from './point.js';
import type { RestTransport } from './rest-transport.js';
import { MAIN_SHARD_KEY } from './space.js';

export interface UpsertBatch {
  space: string;
  collection: string;
  points: readonly StoredPoint[];
  timeoutMs: number;
}

/** Writes one batch by explicit ids and resolves when Qdrant has applied it. */
export interface PointWriter {
  write(batch: UpsertBatch): Promise<void>;
  close(): Promise<void>;
}

/** Upserts as JSON: for a Qdrant whose gRPC port cannot be reached. Turning vectors into decimal text is nearly all of its cost. */
export class RestPointWriter implements PointWriter {
  constructor(private readonly rest: RestTransport) {}

  async write({ space, collection, points, timeoutMs }: UpsertBatch): Promise<void> {
    const body: Schemas['PointsList'] = { shard_key: MAIN_SHARD_KEY, points: points.map((point) => ({ ...point, vector: Array.from(point.vector) })) };
    const path = `/collections/${encodeURIComponent(collection)}/points?wait=true`;
    const result = await this.rest.call<Schemas['UpdateResult']>({ operation: 'upsert', space, method: 'PUT', path, body, timeoutMs, retries: 1 });
    if (result.status !== 'completed') throw new DependencyError('qdrant', 'Qdrant took the points but has not applied them');
  }

  async close(): Promise<void> {}
}

import type { SparseVector } from '@cairn/common/contracts';
import type { QdrantFilter } from './conditions.js';
import type { PointPayload, StoredPoint } from './point.js';

export interface UpsertBatch {
  space: string;
  collection: string;
  points: readonly StoredPoint[];
  timeoutMs: number;
}

export interface NearestQuery {
  space: string;
  collection: string;
  /** A sparse one is compared with the terms of the points. */
  vector: Float32Array | SparseVector;
  filter: QdrantFilter;
  limit: number;
  params: SearchParams;
  /** What is wanted of the payloads; without any of it only ids and scores are answered. */
  payload: readonly (keyof PointPayload)[];
  timeoutMs: number;
  /** Aborted when nobody waits any more. */
  signal?: AbortSignal | undefined;
}

export interface SearchParams {
  exact?: boolean;
  hnswEf?: number;
}

export interface ScoredPoint {
  id: string;
  score: number;
  /** As stored; a field that is missing there is empty or missing here. */
  payload: PointPayload;
}

/** How many more candidates a search of 8-bit vectors picks before it compares with the originals, which Qdrant does only when it is asked. */
export const OVERSAMPLING = 1.5;

/** The two hot calls. Each is tried once more when it failed for want of Qdrant: neither has an effect when repeated. */
export interface PointsTransport {
  /** Writes one batch by explicit ids and resolves when Qdrant has applied it. */
  upsert(batch: UpsertBatch): Promise<void>;
  nearest(query: NearestQuery): Promise<ScoredPoint[]>;
  close(): Promise<void>;
}

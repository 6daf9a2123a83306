import type { SparseVector, StoredPointId, TenantScope } from '@cairn/common/contracts';
import { orgIdOf } from './scope-check.js';

/** What the caller says about a point. The organisation is not among it: the gateway writes that from the scope. No text, ever. */
export interface PointFacts {
  point_id: string;
  asset_id: string;
  segment_id: string;
  model: string;
  model_ver: string;
  /** The index of a collection that it belongs to, for those of documents. */
  index_id?: string | undefined;
  /** The lease token of the attempt that wrote it; Postgres knows which token is live. */
  token: string;
}

export interface PointPayload extends PointFacts {
  org_id: string;
}

export const PAYLOAD_FIELDS = [
  'org_id',
  'point_id',
  'asset_id',
  'segment_id',
  'model',
  'model_ver',
  'token',
] as const satisfies readonly (keyof PointPayload)[];

export interface PointToWrite {
  id: StoredPointId;
  vector: Float32Array;
  /** The words of the text. A point without any is not found by its words. */
  terms?: SparseVector | undefined;
  payload: PointFacts;
}

export interface StoredPoint {
  id: string;
  vector: Float32Array;
  terms?: SparseVector | undefined;
  payload: Record<string, string>;
}

export interface Hit {
  id: StoredPointId;
  score: number;
  payload: PointPayload;
}

/** Copies the known facts one by one, so that nothing else a caller's object carries can reach Qdrant, and stamps the organisation. */
export function storedPointOf(scope: TenantScope, point: PointToWrite): StoredPoint {
  const { point_id, asset_id, segment_id, model, model_ver, token, index_id } = point.payload;
  return {
    id: point.id,
    vector: point.vector,
    terms: point.terms,
    payload: { org_id: orgIdOf(scope), point_id, asset_id, segment_id, model, model_ver, token, ...(index_id === undefined ? {} : { index_id }) },
  };
}

import type { SparseVector } from '@cairn/common/contracts';
import { MAIN_SHARD_KEY } from '../space.js';
import type { ProtobufWriter } from './protobuf-writer.js';

// Field numbers of Qdrant's points.proto that more than one message needs. The round-trip tests check them against a real server.
export const POINT_ID = { uuid: 2 };
export const MAP_ENTRY = { key: 1, value: 2 };
export const VALUE = { string: 4 };
export const DENSE_VECTOR = { data: 1 };
const SPARSE_VECTOR = { values: 1, indices: 2 };
const SHARD_KEYS = { keys: 1 };
const SHARD_KEY = { keyword: 1 };

/** The selector that routes a call to the one shard key, as the field with this number. */
export function writeShardKey(writer: ProtobufWriter, field: number): void {
  const selector = writer.open(field);
  const key = writer.open(SHARD_KEYS.keys);
  writer.string(SHARD_KEY.keyword, MAIN_SHARD_KEY);
  writer.close(key);
  writer.close(selector);
}

/** A sparse vector as the field with this number. */
export function writeSparse(writer: ProtobufWriter, field: number, { indices, values }: SparseVector): void {
  const sparse = writer.open(field);
  writer.floats(SPARSE_VECTOR.values, values);
  writer.uints(SPARSE_VECTOR.indices, indices);
  writer.close(sparse);
}

import type { StoredPoint } from '../point.js';
import { MAIN_SHARD_KEY } from '../space.js';
import { fieldsOf } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';

// Field numbers of Qdrant's points.proto. The round-trip test reads back over REST what was written with them.
const UPSERT = { collection: 1, wait: 2, points: 3, shardKeys: 5 };
const SHARD_KEYS = { keys: 1 };
const SHARD_KEY = { keyword: 1 };
const POINT = { id: 1, payload: 3, vectors: 4 };
const POINT_ID = { uuid: 2 };
const MAP_ENTRY = { key: 1, value: 2 };
const VALUE = { string: 4 };
const VECTORS = { vector: 1 };
const VECTOR = { dense: 101 };
const DENSE = { data: 1 };
const ANSWER = { result: 1 };
const RESULT = { status: 2 };
const COMPLETED = 2;

const BYTES_BESIDE_VECTOR = 700;

/** The body of `qdrant.Points/Upsert` with `wait`, after `reserved` free bytes for the frame header. */
export function encodeUpsert(collection: string, points: readonly StoredPoint[], reserved = 0): Buffer {
  const dimension = points[0]?.vector.length ?? 0;
  const writer = new ProtobufWriter(points.length * (dimension * 4 + BYTES_BESIDE_VECTOR) + 300, reserved);
  writer.string(UPSERT.collection, collection);
  writer.bool(UPSERT.wait, true);
  for (const point of points) writePoint(writer, point);
  writeShardKey(writer);
  return writer.finish();
}

/** True when Qdrant says that it has applied the points, not only taken them. */
export function isCompleted(answer: Buffer): boolean {
  for (const { field, value } of fieldsOf(answer)) {
    if (field === ANSWER.result && typeof value !== 'number') return statusOf(value) === COMPLETED;
  }
  return false;
}

function statusOf(result: Buffer): number {
  let status = 0;
  for (const { field, value } of fieldsOf(result)) if (field === RESULT.status && typeof value === 'number') status = value;
  return status;
}

function writePoint(writer: ProtobufWriter, point: StoredPoint): void {
  const start = writer.open(UPSERT.points);
  const id = writer.open(POINT.id);
  writer.string(POINT_ID.uuid, point.id);
  writer.close(id);
  for (const key of Object.keys(point.payload)) writePayloadEntry(writer, key, point.payload[key] as string);
  writeVector(writer, point.vector);
  writer.close(start);
}

function writePayloadEntry(writer: ProtobufWriter, key: string, text: string): void {
  const entry = writer.open(POINT.payload);
  writer.string(MAP_ENTRY.key, key);
  const value = writer.open(MAP_ENTRY.value);
  writer.string(VALUE.string, text);
  writer.close(value);
  writer.close(entry);
}

function writeVector(writer: ProtobufWriter, vector: Float32Array): void {
  const vectors = writer.open(POINT.vectors);
  const one = writer.open(VECTORS.vector);
  const dense = writer.open(VECTOR.dense);
  writer.floats(DENSE.data, vector);
  for (const start of [dense, one, vectors]) writer.close(start);
}

function writeShardKey(writer: ProtobufWriter): void {
  const selector = writer.open(UPSERT.shardKeys);
  const key = writer.open(SHARD_KEYS.keys);
  writer.string(SHARD_KEY.keyword, MAIN_SHARD_KEY);
  writer.close(key);
  writer.close(selector);
}

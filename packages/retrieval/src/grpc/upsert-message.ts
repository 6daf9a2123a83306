import type { StoredPoint } from '../point.js';
import { DENSE_VECTOR, MAP_ENTRY, POINT_ID, VALUE, writeShardKey } from './point-fields.js';
import { ProtobufReader } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';

const UPSERT = { collection: 1, wait: 2, points: 3, shardKeys: 5 };
const POINT = { id: 1, payload: 3, vectors: 4 };
const VECTORS = { vector: 1 };
const VECTOR = { dense: 101 };
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
  writeShardKey(writer, UPSERT.shardKeys);
  return writer.finish();
}

/** True when Qdrant says that it has applied the points, not only taken them. */
export function isCompleted(answer: Buffer): boolean {
  const reader = new ProtobufReader(answer);
  while (reader.next()) if (reader.field === ANSWER.result) return statusOf(reader.nested()) === COMPLETED;
  return false;
}

function statusOf(result: ProtobufReader): number {
  let status = 0;
  while (result.next()) if (result.field === RESULT.status) status = result.uint;
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
  writer.floats(DENSE_VECTOR.data, vector);
  for (const start of [dense, one, vectors]) writer.close(start);
}

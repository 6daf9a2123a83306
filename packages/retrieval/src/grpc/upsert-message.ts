import type { SparseVector } from '@cairn/common/contracts';
import type { StoredPoint } from '../point.js';
import { TERMS_VECTOR } from '../space.js';
import { DENSE_VECTOR, MAP_ENTRY, POINT_ID, VALUE, writeShardKey, writeSparse } from './point-fields.js';
import { ProtobufReader } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';

const UPSERT = { collection: 1, wait: 2, points: 3, shardKeys: 5 };
const POINT = { id: 1, payload: 3, vectors: 4 };
const VECTORS = { vector: 1, named: 2 };
const NAMED_VECTORS = { entry: 1 };
const VECTOR = { dense: 101, sparse: 102 };
const ANSWER = { result: 1 };
const RESULT = { status: 2 };
const COMPLETED = 2;

const BYTES_BESIDE_VECTOR = 700;
const BYTES_OF_TERM = 9;

/** The body of `qdrant.Points/Upsert` with `wait`, after `reserved` free bytes for the frame header. */
export function encodeUpsert(collection: string, points: readonly StoredPoint[], reserved = 0): Buffer {
  const dimension = points[0]?.vector.length ?? 0;
  const writer = new ProtobufWriter(
    points.reduce((bytes, { terms }) => bytes + dimension * 4 + (terms?.indices.length ?? 0) * BYTES_OF_TERM + BYTES_BESIDE_VECTOR, 300),
    reserved,
  );
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
  writeVectors(writer, point);
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

function writeVectors(writer: ProtobufWriter, { vector, terms }: StoredPoint): void {
  const vectors = writer.open(POINT.vectors);
  if (terms) writeNamed(writer, vector, terms);
  else writeDense(writer, VECTORS.vector, vector);
  writer.close(vectors);
}

// Qdrant knows the vector that has no name by the empty one when others have names.
function writeNamed(writer: ProtobufWriter, vector: Float32Array, terms: SparseVector): void {
  const named = writer.open(VECTORS.named);
  const unnamed = writer.open(NAMED_VECTORS.entry);
  writer.string(MAP_ENTRY.key, '');
  writeDense(writer, MAP_ENTRY.value, vector);
  writer.close(unnamed);
  const entry = writer.open(NAMED_VECTORS.entry);
  writer.string(MAP_ENTRY.key, TERMS_VECTOR);
  const value = writer.open(MAP_ENTRY.value);
  writeSparse(writer, VECTOR.sparse, terms);
  for (const start of [value, entry, named]) writer.close(start);
}

function writeDense(writer: ProtobufWriter, field: number, vector: Float32Array): void {
  const one = writer.open(field);
  const dense = writer.open(VECTOR.dense);
  writer.floats(DENSE_VECTOR.data, vector);
  for (const start of [dense, one]) writer.close(start);
}

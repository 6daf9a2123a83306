import { PAYLOAD_FIELDS, type PointPayload } from '../point.js';
import { type NearestQuery, OVERSAMPLING, type ScoredPoint, type SearchParams } from '../points-transport.js';
import { TERMS_VECTOR } from '../space.js';
import { writeFilter } from './filter-message.js';
import { DENSE_VECTOR, MAP_ENTRY, POINT_ID, VALUE, writeShardKey, writeSparse } from './point-fields.js';
import { ProtobufReader } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';

const QUERY_POINTS = { collection: 1, query: 3, using: 4, filter: 5, params: 6, limit: 8, withPayload: 11, shardKeys: 13, timeoutSeconds: 15 };
const QUERY = { nearest: 1 };
const VECTOR_INPUT = { dense: 2, sparse: 3 };
const WITH_PAYLOAD = { enable: 1, include: 2 };
const INCLUDE = { fields: 1 };
const PARAMS = { hnswEf: 1, exact: 2, quantization: 3 };
const QUANTIZATION = { rescore: 2, oversampling: 3 };
const ANSWER = { result: 1 };
const SCORED_POINT = { id: 1, payload: 2, score: 3 };

/** For a query of the usual length; the writer makes more where it is needed. */
const ROOM = 4_096;

const EMPTY_PAYLOAD: PointPayload = { org_id: '', point_id: '', asset_id: '', segment_id: '', model: '', model_ver: '', token: '' };

/** The body of `qdrant.Points/Query`, after `reserved` free bytes for the frame header. */
export function encodeQuery(query: NearestQuery, reserved = 0): Buffer {
  const writer = new ProtobufWriter(ROOM, reserved);
  writer.string(QUERY_POINTS.collection, query.collection);
  writeNearest(writer, query.vector);
  const filter = writer.open(QUERY_POINTS.filter);
  writeFilter(writer, query.filter);
  writer.close(filter);
  writeParams(writer, query.params);
  writer.uint(QUERY_POINTS.limit, query.limit);
  writeWanted(writer, query.payload);
  writeShardKey(writer, QUERY_POINTS.shardKeys);
  writer.uint(QUERY_POINTS.timeoutSeconds, Math.ceil(query.timeoutMs / 1000));
  return writer.finish();
}

/** The points of the answer, best first. */
export function decodeScoredPoints(answer: Buffer): ScoredPoint[] {
  const points: ScoredPoint[] = [];
  const reader = new ProtobufReader(answer);
  while (reader.next()) if (reader.field === ANSWER.result) points.push(readScoredPoint(reader.nested()));
  return points;
}

function writeNearest(writer: ProtobufWriter, vector: NearestQuery['vector']): void {
  const query = writer.open(QUERY_POINTS.query);
  const nearest = writer.open(QUERY.nearest);
  if (vector instanceof Float32Array) {
    const dense = writer.open(VECTOR_INPUT.dense);
    writer.floats(DENSE_VECTOR.data, vector);
    writer.close(dense);
  } else writeSparse(writer, VECTOR_INPUT.sparse, vector);
  for (const start of [nearest, query]) writer.close(start);
  if (!(vector instanceof Float32Array)) writer.string(QUERY_POINTS.using, TERMS_VECTOR);
}

function writeWanted(writer: ProtobufWriter, payload: NearestQuery['payload']): void {
  const withPayload = writer.open(QUERY_POINTS.withPayload);
  if (payload.length === 0) writer.bool(WITH_PAYLOAD.enable, false);
  else {
    const include = writer.open(WITH_PAYLOAD.include);
    for (const field of payload) writer.string(INCLUDE.fields, field);
    writer.close(include);
  }
  writer.close(withPayload);
}

function writeParams(writer: ProtobufWriter, { exact, hnswEf }: SearchParams): void {
  const params = writer.open(QUERY_POINTS.params);
  if (hnswEf) writer.uint(PARAMS.hnswEf, hnswEf);
  if (exact) writer.bool(PARAMS.exact, true);
  const quantization = writer.open(PARAMS.quantization);
  writer.bool(QUANTIZATION.rescore, true);
  writer.double(QUANTIZATION.oversampling, OVERSAMPLING);
  writer.close(quantization);
  writer.close(params);
}

function readScoredPoint(reader: ProtobufReader): ScoredPoint {
  const point: ScoredPoint = { id: '', score: 0, payload: { ...EMPTY_PAYLOAD } };
  while (reader.next()) {
    if (reader.field === SCORED_POINT.id) point.id = readText(reader.nested(), POINT_ID.uuid);
    else if (reader.field === SCORED_POINT.score) point.score = reader.float();
    else if (reader.field === SCORED_POINT.payload) readPayloadEntry(reader.nested(), point.payload);
  }
  return point;
}

function readPayloadEntry(reader: ProtobufReader, payload: PointPayload): void {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === MAP_ENTRY.key) key = reader.text();
    else if (reader.field === MAP_ENTRY.value) value = readText(reader.nested(), VALUE.string);
  }
  // Through our own list: keys fresh from the wire are slow to store under, and only ours are wanted.
  const known = PAYLOAD_FIELDS.find((field) => field === key);
  if (known) payload[known] = value;
}

function readText(reader: ProtobufReader, field: number): string {
  let text = '';
  while (reader.next()) if (reader.field === field) text = reader.text();
  return text;
}

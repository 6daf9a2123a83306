import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProtobufReader } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { encodeUpsert, isCompleted } from './upsert-message.js';

const only = (message: Buffer) => read(message)[0]?.bytes as Buffer;

function read(message: Buffer) {
  const reader = new ProtobufReader(message);
  const fields: { field: number; uint: number; bytes: Buffer }[] = [];
  while (reader.next()) fields.push({ field: reader.field, uint: reader.uint, bytes: reader.bytes() });
  return fields;
}

describe('the protobuf writer', () => {
  test('writes what the reader reads, however small the buffer was', () => {
    const field = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(field, fc.maxSafeNat(), fc.string({ unit: 'binary' }), fc.float32Array(), (number, integer, text, floats) => {
        const writer = new ProtobufWriter(1);
        writer.uint(number, integer);
        const start = writer.open(number);
        writer.string(number, text);
        writer.floats(number, floats);
        writer.close(start);
        const [first, second] = read(writer.finish());
        const [string, packed] = read(second?.bytes as Buffer).map(({ bytes }) => bytes);
        expect(first).toMatchObject({ field: number, uint: integer });
        expect(string).toEqual(Buffer.from(text, 'utf8'));
        expect(packed).toEqual(Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength));
      }),
    );
  });

  test('copies a vector that is a view into a larger one', () => {
    const writer = new ProtobufWriter(8);
    writer.floats(1, Float32Array.from([1, 2, 3, 4]).subarray(1, 3));
    expect(only(writer.finish())).toEqual(Buffer.from(Float32Array.from([2, 3]).buffer));
  });

  test('leaves the reserved bytes free', () => {
    const writer = new ProtobufWriter(8, 5);
    writer.bool(2, true);
    expect(writer.finish().subarray(5)).toEqual(Buffer.from([0x10, 1]));
  });
});

describe('the protobuf reader', () => {
  test('passes over fields of every kind', () => {
    const message = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 0x96, 0x01]);
    expect(read(message).map(({ field, uint, bytes }) => [field, uint || bytes.length])).toEqual([
      [1, 8],
      [2, 4],
      [3, 150],
    ]);
  });

  test('refuses a message that was cut off or is something else', () => {
    for (const broken of [
      [0x0a, 5, 1],
      [0x08, 0x80],
      [0x0f, 1],
    ])
      expect(() => read(Buffer.from(broken))).toThrow('protobuf');
  });
});

describe('the upsert message', () => {
  const points = [{ id: '753ee532-60b1-4aa4-dc7d-4fb151e78483', vector: Float32Array.from([0.5, -1]), payload: { org_id: 'o', asset_id: 'naïve 😀' } }];
  const fields = read(encodeUpsert('cairn_s', points));

  test('asks Qdrant to wait and names collection and shard key', () => {
    expect(fields[0]).toMatchObject({ field: 1, bytes: Buffer.from('cairn_s') });
    expect(fields[1]).toMatchObject({ field: 2, uint: 1 });
    expect(only(only(fields[3]?.bytes as Buffer))).toEqual(Buffer.from('main'));
  });

  test('carries id, payload and the exact bits of the vector', () => {
    const point = read(fields[2]?.bytes as Buffer);
    expect(only(point[0]?.bytes as Buffer).toString()).toBe(points[0]?.id);
    expect(read(point[2]?.bytes as Buffer).map(({ bytes }) => String(bytes))[0]).toBe('asset_id');
    expect(only(only(only(point[3]?.bytes as Buffer)))).toEqual(Buffer.from(Float32Array.from([0.5, -1]).buffer));
  });

  test('only a status of completed counts as applied', () => {
    const answer = (status: number) => Buffer.from([0x0a, 4, 0x08, 7, 0x10, status]);
    expect([0, 1, 2, 3].map((status) => isCompleted(answer(status)))).toEqual([false, false, true, false]);
    expect(isCompleted(Buffer.alloc(0))).toBe(false);
  });
});

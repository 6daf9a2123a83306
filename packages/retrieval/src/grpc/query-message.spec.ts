import { type Conditions, FILTER_FIELDS, type OrgId, scopeOfPrincipal } from '@cairn/common/contracts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type QdrantFilter, tenantFilter } from '../conditions.js';
import type { NearestQuery } from '../points-transport.js';
import { writeFilter } from './filter-message.js';
import { ProtobufReader } from './protobuf-reader.js';
import { ProtobufWriter } from './protobuf-writer.js';
import { decodeScoredPoints, encodeQuery } from './query-message.js';

const ORG = '550e8400-e29b-41d4-a716-446655440000' as OrgId;
const scope = scopeOfPrincipal({ orgId: ORG, actor: 'user:1' });
const TENANT = [
  {
    field: 1,
    inside: [
      { field: 1, text: 'org_id' },
      { field: 2, inside: [{ field: 1, text: ORG }] },
    ],
  },
];

interface Field {
  field: number;
  uint: number;
  text: string;
  inside: () => Field[];
}

function fieldsOf(reader: ProtobufReader): Field[] {
  const fields: Field[] = [];
  while (reader.next()) {
    const nested = reader.nested();
    fields.push({ field: reader.field, uint: reader.uint, text: reader.text(), inside: () => fieldsOf(nested) });
  }
  return fields;
}

function queryWith(filter: QdrantFilter, more: Partial<NearestQuery> = {}): Field[] {
  const query = {
    space: 's',
    collection: 'cairn_s',
    vector: Float32Array.from([1, 2]),
    filter,
    limit: 10,
    params: {},
    payload: ['org_id', 'token'] as const,
    timeoutMs: 2_000,
    ...more,
  };
  return fieldsOf(new ProtobufReader(encodeQuery(query)));
}

const part = (fields: Field[], field: number) => fields.find((one) => one.field === field);

test('only what is wanted of the payloads is asked for, and nothing where none of it is', () => {
  const wanted = (payload: NearestQuery['payload']) => part(queryWith({ must: [] }, { payload }), 11)?.inside() ?? [];
  const [include] = wanted(['org_id', 'token']);
  expect(include?.field).toBe(2); // include
  expect(include?.inside().map(({ field, text }) => ({ field, text }))).toEqual([
    { field: 1, text: 'org_id' },
    { field: 1, text: 'token' },
  ]);
  expect(wanted([]).map(({ field, uint }) => ({ field, uint }))).toEqual([{ field: 1, uint: 0 }]); // enable
});

test('T2: whatever the caller asks for, the first condition on the wire is the tenant and every other one stands beside it', () => {
  const value = fc.oneof(fc.string({ maxLength: 20 }), fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }));
  const conditions = fc.record(Object.fromEntries(FILTER_FIELDS.map((field) => [field, value])), { requiredKeys: [] });
  fc.assert(
    fc.property(conditions, fc.array(fc.uuid(), { maxLength: 3 }), (asked, exclude) => {
      const clauses = part(queryWith(tenantFilter(scope, asked as Conditions, { excludeIds: exclude })), 5)?.inside() ?? [];
      expect(clauses.every(({ field }) => field === 2)).toBe(true); // 2 = must
      expect(clauses).toHaveLength(1 + (Object.keys(asked).length > 0 ? 1 : 0) + (exclude.length > 0 ? 1 : 0));
      const [condition] = clauses[0]?.inside() ?? [];
      const [key, match] = condition?.inside() ?? [];
      expect([
        {
          field: condition?.field,
          inside: [
            { field: key?.field, text: key?.text },
            { field: match?.field, inside: match?.inside().map(({ field, text }) => ({ field, text })) },
          ],
        },
      ]).toEqual(TENANT);
    }),
    { numRuns: 5_000 },
  );
});

test('a part of a filter that cannot be written is an error, never left out', () => {
  const filters = [
    { should: [] },
    { min_should: { conditions: [], min_count: 1 } },
    { must: [{ key: 'a', match: { value: 1 } }] },
    { must: [{ key: 'a', range: { gt: 1 } }] },
    { must: [{ is_empty: { key: 'a' } }] },
  ];
  for (const filter of filters) expect(() => writeFilter(new ProtobufWriter(10), filter as QdrantFilter)).toThrow('cannot be written');
});

test('limit, deadline and shard key are on the wire, and 8-bit vectors are compared again with the originals', () => {
  const query = queryWith(tenantFilter(scope), { limit: 300, params: { exact: true, hnswEf: 128 } });
  expect(part(query, 8)?.uint).toBe(300);
  expect(part(query, 15)?.uint).toBe(2);
  expect(part(query, 13)?.inside()[0]?.inside()[0]?.text).toBe('main');
  const params = part(query, 6)?.inside() ?? [];
  expect([part(params, 1)?.uint, part(params, 2)?.uint]).toEqual([128, 1]);
  expect(part(part(params, 3)?.inside() ?? [], 2)?.uint).toBe(1);
});

test('an answer is read with its known payload fields only', () => {
  const writer = new ProtobufWriter(10);
  const point = writer.open(1);
  const id = writer.open(1);
  writer.string(2, 'the-id');
  writer.close(id);
  for (const [key, text] of [
    ['org_id', ORG],
    ['__proto__', 'x'],
    ['asset_id', 'naïve 😀'],
  ] as const) {
    const entry = writer.open(2);
    writer.string(1, key);
    const value = writer.open(2);
    writer.string(4, text);
    writer.close(value);
    writer.close(entry);
  }
  writer.close(point);
  const empty = { point_id: '', segment_id: '', model: '', model_ver: '', token: '' };
  expect(decodeScoredPoints(writer.finish())).toEqual([{ id: 'the-id', score: 0, payload: { ...empty, org_id: ORG, asset_id: 'naïve 😀' } }]);
  expect(decodeScoredPoints(Buffer.alloc(0))).toEqual([]);
});

import { expect, test } from '@jest/globals';
import { assertNamespace, collectionNameOf, createRequestOf, spaceOf } from './space.js';

test('a collection belongs to the namespace before its first underscore', () => {
  expect(collectionNameOf('cairn', 'all-MiniLM-L6-v2_v1_384_f32')).toBe('cairn_all-MiniLM-L6-v2_v1_384_f32');
  expect(spaceOf('cairn', 'cairn_a_b')).toBe('a_b');
  expect(spaceOf('cairn', 'cairn-test_a')).toBeUndefined();
});

test('a namespace or space that could name something else is refused', () => {
  for (const bad of ['', 'a_b', 'a/b', 'ä']) expect(() => assertNamespace(bad)).toThrow('Namespace');
  for (const bad of ['', '../x', 'a b', 'x'.repeat(181)]) expect(() => collectionNameOf('cairn', bad)).toThrow('Space');
});

test('V8: knobs reach the request, and the defaults make one graph for each tenant', () => {
  const spec = { space: 's', dimension: 384, distance: 'Cosine' as const };
  expect(createRequestOf(spec)).toMatchObject({ sharding_method: 'custom', shard_number: 1, hnsw_config: { m: 0, payload_m: 16 } });
  expect(createRequestOf({ ...spec, knobs: { payloadM: 32, storage: 'int8', vectorsOnDisk: true } })).toMatchObject({
    vectors: { on_disk: true },
    hnsw_config: { payload_m: 32 },
    quantization_config: { scalar: { type: 'int8', always_ram: true } },
  });
});

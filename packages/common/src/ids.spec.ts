import { describe, expect, test } from '@jest/globals';
import { canonicalJson, isLooseUuid, jobKeyOf, newId, type OrgId, pointIdOf, textHashOf } from './ids.js';

const O = '550e8400-e29b-41d4-a716-446655440000' as OrgId;
const OTHER = '6ba7b810-9dad-11d1-80b4-00c04fd430c8' as OrgId;

describe('V1: point ids', () => {
  test.each([
    ['GP1', O, 'final-test-doc', 'final-chunk-0', 'mock', 'v1', '753ee532-60b1-4aa4-dc7d-4fb151e78483'],
    ['GP2', O, 'doc-123', 'chunk-0', 'mock', 'v1', 'cd06127a-af4f-615d-9176-a9d88d136bc9'],
    ['GP3', O, 'doc-123', 'chunk-0', 'minilm-l6-v2', 'v1', '1aa27448-499e-2208-0650-998d2e751ed5'],
    ['GP4', O, 'doc-123', 'chunk-0', 'sentence-transformers/all-MiniLM-L6-v2', 'v1', '98d73ea5-fe87-feee-4559-4886a57810e2'],
    ['GP5', OTHER, 'doc-123', 'chunk-0', 'mock', 'v1', '274d1b86-59e7-29e6-396e-fbb7969d5790'],
    ['GP6', O, 'docs/naïve café.md', '页-1', 'gte-small', 'v2', 'ba741224-23ad-0200-4b1c-3a8051e7802f'],
  ])('V1: %s has its golden value', (_name, orgId, assetId, segmentId, model, modelVer, expected) => {
    expect(pointIdOf({ orgId, assetId, segmentId, model, modelVer })).toBe(expected);
  });

  test('V1: GP7: two tuples can share an id, because the separator is ambiguous', () => {
    const one = pointIdOf({ orgId: O, assetId: 'a:b', segmentId: 'c', model: 'mock', modelVer: 'v1' });
    const other = pointIdOf({ orgId: O, assetId: 'a', segmentId: 'b:c', model: 'mock', modelVer: 'v1' });
    expect([one, other]).toEqual(['b259f19d-d406-3777-d26e-7d4bfdaf7fa0', 'b259f19d-d406-3777-d26e-7d4bfdaf7fa0']);
  });

  test('V1: ids without version bits are ids, other texts are not', () => {
    expect(isLooseUuid('753ee532-60b1-4aa4-dc7d-4fb151e78483')).toBe(true);
    for (const bad of ['753ee532-60b1-4aa4-dc7d-4fb151e7848', '753ee53260b14aa4dc7d4fb151e78483', '', 7, null, `${O}\n`]) expect(isLooseUuid(bad)).toBe(false);
  });
});

describe('J4: job keys', () => {
  const embed = { asset_id: 'test-asset-001', segment_id: 'chunk_0', model: 'minilm-l6-v2', model_ver: 'v1' };
  test.each([
    ['GJ1', 'mock_process', { type: 'mock_process' }, 'aca711b095fa59a5dfe838b22aa8d5230f39cfe270623af7b920c23f96fb1172'],
    [
      'GJ2',
      'mock_embedding',
      { asset_id: 'doc-123', segment_id: 'chunk-0', model: 'mock', model_ver: 'v1' },
      '9f9a6fa89358b80280226316e05f9fbd486348c36249d60eded0f5da128fdaa0',
    ],
    [
      'GJ3',
      'dispatch_embed_text',
      { ...embed, text_hash: textHashOf('The quick brown fox jumps over the lazy dog') },
      '72f8ebb1919b090ead9a1bf5b6fcc1d0a29a0cf2277abd67569a85c3702e8237',
    ],
    [
      'GJ4',
      'dispatch_embed_text',
      { asset_id: 'doc-123', segment_id: 'chunk-0', text_hash: textHashOf('Hello world'), model: 'default', model_ver: 'v1' },
      '9d2f0104ba74065939dba493c2e76c202b04f98ad3a9903637eb1e2237ecba36',
    ],
    [
      'GJ5',
      'mock_embedding',
      { asset_id: 'docs/naïve café.md', segment_id: '页-1😀\u007f', model: 'mock', model_ver: 'v1' },
      '1265e4d80e4152c1d1bdd77aef4a23d65b441e244f6bc046aa8c47d96bc25a3b',
    ],
  ])('J4: %s has its golden value', (_name, op, payload, expected) => {
    expect(jobKeyOf(O, op, payload)).toBe(expected);
  });

  test('J4: keys are sorted by code point, also those that JavaScript would put first', () => {
    expect(canonicalJson({ b: 1, '10': 2, '9': 3, a: [null, true, 'é/"'] })).toBe('{"10":2,"9":3,"a":[null,true,"\\u00e9/\\""],"b":1}');
  });
});

test('new ids are ordered by time', () => {
  const ids = Array.from({ length: 1_000 }, () => newId());
  expect([...ids].sort()).toEqual(ids);
});

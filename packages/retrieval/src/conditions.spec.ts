import { CairnError, type Conditions, FILTER_FIELDS, type OrgId, scopeOfPrincipal, TenantScope } from '@cairn/common/contracts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conditionsOf, tenantFilter } from './conditions.js';

const ORG = '550e8400-e29b-41d4-a716-446655440000' as OrgId;
const FOREIGN = '660e8400-e29b-41d4-a716-446655440000';
const scope = scopeOfPrincipal({ orgId: ORG, actor: 'user:1' });
const TENANT = { key: 'org_id', match: { value: ORG } };

describe('the tenant filter', () => {
  test('T2: stands alone at the top of must, and what the caller asked for is one element beside it', () => {
    const filter = tenantFilter(scope, { asset_id: 'a', segment_id: ['s', 't'] });
    const asked = [
      { key: 'asset_id', match: { value: 'a' } },
      { key: 'segment_id', match: { any: ['s', 't'] } },
    ];
    expect(filter).toEqual({ must: [TENANT, { must: asked }] });
  });

  test('T14: naming another organisation only adds a second condition that nothing can meet', () => {
    expect(tenantFilter(scope, { org_id: FOREIGN })).toEqual({ must: [TENANT, { must: [{ key: 'org_id', match: { value: FOREIGN } }] }] });
  });

  test('named ids narrow, beside the tenant and not instead of it', () => {
    expect(tenantFilter(scope, {}, { excludeIds: ['x'] })).toEqual({ must: [TENANT, { must_not: [{ has_id: ['x'] }] }] });
    expect(tenantFilter(scope, {}, { onlyIds: ['x'] })).toEqual({ must: [TENANT, { has_id: ['x'] }] });
  });

  test('a scope that the auth guard did not make is refused', () => {
    const forged = { orgId: ORG, actor: 'user:1' } as TenantScope;
    const unsealed = Object.assign(Object.create(TenantScope.prototype), { orgId: '-' }) as TenantScope;
    for (const bad of [forged, unsealed, undefined, null]) expect(() => tenantFilter(bad as TenantScope)).toThrow('needs a TenantScope');
  });

  test('an unknown field is refused with its name', () => {
    const attempt = () => tenantFilter(scope, { $or: [{}] } as unknown as Conditions);
    expect(attempt).toThrow(CairnError);
    expect(attempt).toThrow('filter.$or is not a field to filter by');
  });

  test('own keys named like inherited ones are fields like any other, and refused', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      const hostile = JSON.parse(`{"${key}": {"asset_id": "x"}}`) as Conditions;
      expect(() => tenantFilter(scope, hostile)).toThrow('is not a field to filter by');
    }
  });

  test('inherited keys are not conditions', () => {
    expect(conditionsOf(Object.create({ asset_id: 'a' }) as Conditions)).toEqual([]);
  });

  test('text that is not well formed is refused', () => {
    expect(() => tenantFilter(scope, { asset_id: '\ud800' })).toThrow('well-formed');
    expect(conditionsOf({ asset_id: '😀' })).toHaveLength(1);
  });
});

// Words that mean something to Qdrant, to Mongo-like filters or to JavaScript.
const HOSTILE_KEYS = [
  '$or',
  '$and',
  '$not',
  'should',
  'must',
  'must_not',
  'min_should',
  'has_id',
  'nested',
  'filter',
  'key',
  'match',
  'is_empty',
  '__proto__',
  'constructor',
  'toJSON',
  '',
];
const hostileKey = fc.oneof(fc.constantFrom(...FILTER_FIELDS), fc.constantFrom(...HOSTILE_KEYS), fc.string({ maxLength: 8 }));
const hostileText = fc.oneof(fc.constantFrom(FOREIGN, ORG, '-', '*', 'org_id'), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 }));
const hostileValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    hostileText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(hostileText, { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(hostileKey, tie('value')), { maxLength: 4 }).map(objectOf),
}));
const validConditions = fc.record(Object.fromEntries(FILTER_FIELDS.map((field) => [field, fc.oneof(hostileText, fc.array(hostileText, { maxLength: 3 }))])), {
  requiredKeys: [],
});

// As JSON.parse makes them: `__proto__` is an own key.
function objectOf(entries: [string, unknown][]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [key, value] of entries) Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

function filterOrRefusal(conditions: unknown, exclude: string[]) {
  try {
    return tenantFilter(scope, conditions as Conditions, { excludeIds: exclude });
  } catch (error) {
    expect(error).toBeInstanceOf(CairnError);
    return undefined;
  }
}

test('T2: no conditions whatever give a request without the tenant condition (24,000 generated ones)', () => {
  let accepted = 0;
  let refused = 0;
  const holds = (conditions: unknown, exclude: string[]) => {
    const filter = filterOrRefusal(conditions, exclude);
    if (!filter) {
      refused += 1;
      return;
    }
    accepted += 1;
    const sent = JSON.parse(JSON.stringify(filter)) as { must: unknown[] };
    expect(Object.keys(sent)).toEqual(['must']);
    expect(sent.must[0]).toEqual(TENANT);
    for (const beside of sent.must.slice(1)) expect([['must'], ['must_not']]).toContainEqual(Object.keys(beside as object));
  };
  const ids = fc.array(fc.uuid(), { maxLength: 2 });
  fc.assert(fc.property(hostileValue.object, ids, holds), { numRuns: 12_000 });
  fc.assert(fc.property(fc.oneof(validConditions, hostileValue.value), ids, holds), { numRuns: 12_000 });
  expect(Math.min(accepted, refused)).toBeGreaterThan(2_000); // both kinds were really generated
});

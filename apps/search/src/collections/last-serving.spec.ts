import { type Access, type OrgId, type ServingIndex, scopeOfPrincipal } from '@cairn/common';
import { expect, it } from '@jest/globals';
import { LastServing } from './last-serving.js';

const scope = scopeOfPrincipal({ orgId: '550e8400-e29b-41d4-a716-446655440000' as OrgId, actor: 'user:1' });
const access: Access = { scope, userId: '1' };
const indexes = [{ indexId: 'i', collectionId: 'c' } as ServingIndex];

it('what served last is remembered by who asked, and what for', () => {
  const last = new LastServing();
  last.remember(access, ['c'], indexes);
  expect(last.of(access, ['c'])).toBe(indexes);
  const others: [Access, string[] | undefined][] = [
    [access, undefined],
    [access, ['c', 'd']],
    [{ ...access, userId: '2' }, ['c']],
    [{ ...access, collections: ['c'] }, ['c']],
    [{ ...access, scope: { ...scope, orgId: '550e8400-e29b-41d4-a716-446655440001' as OrgId } }, ['c']],
  ];
  for (const [who, collections] of others) expect(last.of(who, collections)).toBeUndefined();
});

it('what is very much is not remembered', () => {
  const last = new LastServing();
  last.remember(access, undefined, indexes);
  last.remember(
    access,
    undefined,
    Array.from({ length: 65 }, () => indexes[0] as ServingIndex),
  );
  expect(last.of(access, undefined)).toBeUndefined();
});

import { expect, test } from '@jest/globals';
import { CursorSeal } from './sealed-cursor.js';

const seal = new CursorSeal('a secret of this test');

test('a cursor opens for the list it was made for', () => {
  expect(seal.open(seal.seal({ id: 'x' }, ['org', 'pending']), ['org', 'pending'])).toEqual({ id: 'x' });
});

test('a cursor that was changed, or belongs to another organisation, list or system, is refused', () => {
  const cursor = seal.seal({ id: 'x' }, ['org', 'pending']);
  const foreign = new CursorSeal('another secret').seal({ id: 'x' }, ['org', 'pending']);
  const [body, mac] = cursor.split('.') as [string, string];
  const invented = Buffer.from(JSON.stringify({ id: 'y' })).toString('base64url');
  for (const bad of [foreign, `${invented}.${mac}`, `${body}.`, body, '', '.', `${body}.${mac}x`])
    expect(() => seal.open(bad, ['org', 'pending'])).toThrow(/does not belong/);
  expect(() => seal.open(cursor, ['other', 'pending'])).toThrow(/does not belong/);
  expect(() => seal.open(cursor, ['org', ''])).toThrow(/does not belong/);
});

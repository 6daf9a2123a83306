import { expect, test } from '@jest/globals';
import { CursorSeal } from './sealed-cursor.js';

const seal = new CursorSeal('a secret of this test');
const LIST = ['org', 'pending'];

test('a cursor opens for the list it was made for, and is the same every time', () => {
  const cursor = seal.seal({ id: 'x' }, LIST);
  expect(seal.open(cursor, LIST)).toEqual({ id: 'x' });
  expect(new CursorSeal('a secret of this test').seal({ id: 'x' }, LIST)).toBe(cursor);
});

test('T7: a cursor says nothing about its place, and cursors of neighbours have nothing in common', () => {
  const [first, second] = [1, 2].map((id) => Buffer.from(seal.seal({ transaction: 4711, id }, LIST), 'base64url')) as [Buffer, Buffer];
  expect(first.toString('latin1')).not.toContain('4711');
  expect(first.filter((byte, at) => byte === second[at]).length).toBeLessThan(8);
});

test('I10: a cursor that was changed, or belongs to another organisation, list or system, is refused', () => {
  const cursor = seal.seal({ id: 'x' }, LIST);
  const changed = Array.from(cursor, (letter, at) => `${cursor.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`);
  const foreign = new CursorSeal('another secret').seal({ id: 'x' }, LIST);
  const cut = Array.from(cursor, (_, length) => cursor.slice(0, length));
  for (const bad of [foreign, ...changed, ...cut, `${cursor}A`, `${cursor}=`, `${cursor} `]) expect(() => seal.open(bad, LIST)).toThrow(/did not give out/);
  expect(() => seal.open(cursor, ['other', 'pending'])).toThrow(/did not give out/);
  expect(() => seal.open(cursor, ['org', ''])).toThrow(/did not give out/);
});

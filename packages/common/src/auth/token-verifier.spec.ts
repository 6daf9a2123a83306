import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { AuthConfig } from '../config/auth.config.js';
import { TokenVerifier } from './token-verifier.js';

const SECRET = new TextEncoder().encode('local-dev-secret');
let verifier: TokenVerifier;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout'] });
  verifier = new TokenVerifier(Object.assign(new AuthConfig(), { clockToleranceSec: 0 }));
});
afterEach(() => void jest.useRealTimers());

const tokenFor = (orgId: string, seconds: number, sub = 'somebody') =>
  new SignJWT({ org_id: orgId, sub })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .sign(SECRET);

test('a token that is remembered is refused from the moment it ends', async () => {
  const token = await tokenFor(randomUUID(), 5);
  await verifier.verify(token);
  await verifier.verify(token);
  jest.setSystemTime(Date.now() + 5_100);
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('two tokens of one caller are told apart, and each speaks for its own organisation', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  const tokens = [await tokenFor(one, 60), await tokenFor(other, 60)];
  for (let time = 0; time < 2; time++) {
    const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
    expect(claims.map(({ orgId }) => orgId)).toEqual([one, other]);
  }
});

test('a token with another signature is not taken for the one that was verified', async () => {
  const token = await tokenFor(randomUUID(), 60);
  await verifier.verify(token);
  const forged = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`;
  await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('T3: a subject may be any text; what cannot be kept goes by its hash, and nobody else can have it', async () => {
  const subjectOf = async (sub: string) => (await verifier.verify(await tokenFor(randomUUID(), 60, sub))).subject;
  for (const kept of ['auth0|7', 'a\tb\n', 'x'.repeat(255)]) expect(await subjectOf(kept)).toBe(kept);
  const long = ['x'.repeat(256), 'x'.repeat(3_000), 'a\0b'];
  const hashed = await Promise.all(long.map(subjectOf));
  expect(new Set(hashed).size).toBe(3);
  for (const subject of hashed) expect(subject).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(await subjectOf('x'.repeat(256))).toBe(hashed[0]);
  expect(hashed).not.toContain(await subjectOf(hashed[0] as string));
  for (const none of ['', '\ud800']) await expect(subjectOf(none)).rejects.toMatchObject({ code: 'unauthenticated' });
});

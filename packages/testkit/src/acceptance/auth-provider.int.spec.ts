import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { badTokens, goodClaims, hmac, type TokenClaims, type TokenHeader, tokenOf, tokensWithOwnKeys } from './bad-tokens.js';
import { KeyServer } from './key-server.js';

jest.setTimeout(90_000);

const ISSUER = 'https://id.example.org/';
const AUDIENCE = 'cairn';

type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

class SigningKey {
  readonly kid = randomUUID();
  private readonly pair: { privateKey: KeyObject; publicKey: KeyObject };

  constructor(readonly alg: Algorithm) {
    if (alg === 'RS256') this.pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    else this.pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  }

  get publicKey(): KeyObject {
    return this.pair.publicKey;
  }

  get jwk(): object {
    return { ...this.publicKey.export({ format: 'jwk' }), kid: this.kid, alg: this.alg, use: 'sig' };
  }

  token(header: TokenHeader = {}, claims: TokenClaims = {}): string {
    return tokenOf({ alg: this.alg, typ: 'JWT', kid: this.kid, ...header }, goodClaims({ iss: ISSUER, aud: AUDIENCE, ...member, ...claims }), (input) =>
      this.sign(input),
    );
  }

  private sign(input: string): string {
    const digest = this.alg === 'EdDSA' ? null : 'sha256';
    return sign(digest, Buffer.from(input), { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  }
}

const person = newPerson();
/** Claims of somebody whom the database knows. */
const member = { sub: person.sub, org_id: person.org };
const keys = { RS256: new SigningKey('RS256'), ES256: new SigningKey('ES256'), EdDSA: new SigningKey('EdDSA') };
let provider: KeyServer;
let system: TestSystem;

beforeAll(async () => {
  provider = await KeyServer.start();
  provider.publish(...Object.values(keys).map((key) => key.jwk));
  const env = { AUTH_PROVIDER: 'jwks', AUTH_JWKS_URL: provider.url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE };
  system = await TestSystem.start({ services: ['api'], env });
  await system.database.sql('INSERT INTO users (org_id, subject) VALUES ($1, $2)', [person.org, person.sub]);
}, 60_000);
afterAll(async () => {
  await system?.stop();
  provider?.close();
});

async function ask(token: string): Promise<{ status: number; code: unknown; retryAfter: string | null }> {
  const answer = await fetch(`${system.baseUrl}/jobs`, { headers: { authorization: `Bearer ${Buffer.from(token).toString('latin1')}` } });
  return { status: answer.status, code: ((await answer.json()) as { code?: unknown }).code, retryAfter: answer.headers.get('retry-after') };
}

const statusOf = async (token: string): Promise<number> => (await ask(token)).status;
const REFUSED = { status: 401, code: 'unauthenticated', retryAfter: null };

describe('tokens of an identity provider', () => {
  for (const [alg, key] of Object.entries(keys)) {
    it(`T4: ${alg} is accepted with the key of its kid`, async () => {
      expect(await statusOf(key.token())).toBe(200);
      expect(await statusOf(key.token({}, { aud: ['another', AUDIENCE] }))).toBe(200);
      expect(await statusOf(key.token({ typ: 'at+jwt' }))).toBe(200);
    });
  }

  it('T4: another issuer or audience, or none, is refused', async () => {
    const wrong: TokenClaims[] = [
      { iss: 'https://evil.example.org/' },
      { iss: undefined },
      { iss: [ISSUER] },
      { iss: `${ISSUER}x` },
      { aud: 'other' },
      { aud: undefined },
      { aud: [] },
      { aud: ['other'] },
    ];
    for (const claims of wrong) expect([claims, await ask(keys.RS256.token({}, claims))]).toEqual([claims, REFUSED]);
  });

  it('T4: the signature of one key does not pass under the name of another', async () => {
    for (const [name, header] of Object.entries({
      'kid of another algorithm': { kid: keys.ES256.kid },
      'alg of another key': { alg: 'ES256' },
      'a stronger alg that is not expected': { alg: 'RS512' },
      'PS256 of an RSA key': { alg: 'PS256' },
    }))
      expect([name, await ask(keys.RS256.token(header))]).toEqual([name, REFUSED]);
  });

  it('T4: a public key is no secret: HS256 made with it in any form is refused', async () => {
    const forms = [
      keys.RS256.publicKey.export({ type: 'spki', format: 'pem' }) as string,
      (keys.RS256.publicKey.export({ type: 'spki', format: 'pem' }) as string).trim(),
      keys.RS256.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string,
      keys.RS256.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(keys.RS256.jwk),
      (keys.RS256.jwk as { n: string }).n,
      Buffer.from((keys.RS256.jwk as { n: string }).n, 'base64url'),
      'local-dev-secret',
      '',
    ];
    for (const secret of forms) {
      const token = tokenOf({ alg: 'HS256', typ: 'JWT', kid: keys.RS256.kid }, goodClaims({ iss: ISSUER, aud: AUDIENCE, ...member }), hmac(secret));
      expect(await ask(token)).toEqual(REFUSED);
    }
  });

  it('T4: every other bad token is refused with the same answer, and no address in a token is ever fetched', async () => {
    const trap = await KeyServer.start();
    try {
      const make = (header: TokenHeader = {}, claims: TokenClaims = {}) => keys.RS256.token(header, claims);
      const known = { iss: ISSUER, aud: AUDIENCE, ...member };
      const bad = { ...badTokens(make, known), ...tokensWithOwnKeys({ url: trap.url, kid: keys.RS256.kid }, known) };
      const different: Record<string, unknown> = {};
      for (const [name, token] of Object.entries(bad)) {
        const answer = await ask(token);
        if (answer.status !== 401 || answer.code !== 'unauthenticated') different[name] = answer;
      }
      expect(different).toEqual({});
      expect(trap.fetches).toBe(0);
    } finally {
      trap.close();
    }
  });

  it('A1: a good token of somebody whom the database does not know is refused: the token alone makes nobody a member', async () => {
    expect(await ask(keys.RS256.token({}, { sub: 'nobody' }))).toEqual(REFUSED);
    expect(await ask(keys.RS256.token({}, { org_id: randomUUID() }))).toEqual(REFUSED);
    const rows = await system.database.sql('SELECT 1 FROM users');
    expect(rows).toHaveLength(1);
  });

  it('T4: a flood of unknown kids makes few fetches, and a new key of the provider is accepted all the same', async () => {
    const next = new SigningKey('ES256');
    const before = provider.fetches;
    for (let round = 0; round < 10; round++) {
      const flood = Array.from({ length: 30 }, () => statusOf(keys.RS256.token({ kid: randomUUID() })));
      expect(new Set(await Promise.all(flood))).toEqual(new Set([401]));
    }
    expect(provider.fetches - before).toBeLessThanOrEqual(1);
    provider.publish(keys.ES256.jwk, next.jwk);
    // After a fetch the next one has to wait its half minute: that is what holds the flood off.
    await until('the new key to be accepted', async () => (await statusOf(next.token())) === 200, 45_000);
    expect(await statusOf(keys.ES256.token())).toBe(200);
    expect(await ask(keys.RS256.token())).toEqual(REFUSED); // its key was taken back
    expect(provider.fetches - before).toBeLessThanOrEqual(3);
    provider.publish(...Object.values(keys).map((key) => key.jwk));
  });

  it('T4: while the provider is away, keys that are known go on working', async () => {
    provider.goDown();
    try {
      for (let round = 0; round < 20; round++) expect(await statusOf(keys.ES256.token())).toBe(200);
      expect([401, 503]).toContain(await statusOf(keys.ES256.token({ kid: randomUUID() })));
      expect(await statusOf(keys.ES256.token())).toBe(200);
    } finally {
      provider.comeBack();
    }
  });

  it('T4: an api that starts while the provider is away says that it cannot check, not that the token is bad, and recovers', async () => {
    provider.goDown();
    try {
      await system.restart('api');
      expect(await ask(keys.RS256.token())).toEqual({ status: 503, code: 'unavailable', retryAfter: expect.stringMatching(/^\d+$/) });
      expect(await ask('abc.def.ghi')).toEqual(REFUSED);
    } finally {
      provider.comeBack();
    }
    await until('the token to be accepted', async () => (await statusOf(keys.RS256.token())) === 200, 10_000);
  });

  it('T3: dev tokens are nothing here', async () => {
    const token = tokenOf({ alg: 'HS256', typ: 'JWT' }, goodClaims(member), hmac('local-dev-secret'));
    expect(await ask(token)).toEqual(REFUSED);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, DEV_SECRET, devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { badTokens, goodClaims, hmac, type Make, now, tokenOf, tokensWithOwnKeys } from './bad-tokens.js';
import { type DescribedRoute, describedRoutes } from './openapi-routes.js';
import { readSocket, SocketRefused, type SocketResult } from './read-socket.js';
import { readSse, SseRefused, type SseResult } from './read-sse.js';

jest.setTimeout(60_000);

let system: TestSystem;
let routes: DescribedRoute[];
beforeAll(async () => {
  system = await TestSystem.start();
  routes = await describedRoutes(system.baseUrl);
}, 120_000);
afterAll(() => system?.stop());

const make: Make = (header = {}, claims = {}) => tokenOf({ alg: 'HS256', typ: 'JWT', ...header }, goodClaims(claims), hmac(DEV_SECRET));

interface Refusal {
  status: number;
  type: string | null;
  body: Record<string, unknown>;
}

async function ask(token: string | undefined, path = '/jobs', method = 'GET', base = system.baseUrl): Promise<Refusal> {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (token !== undefined) headers.set('authorization', `Bearer ${Buffer.from(token).toString('latin1')}`);
  const answer = await fetch(base + path, { method, headers, body: method === 'POST' ? '{}' : null });
  const { reference: _reference, ...rest } = (await answer.json()) as Record<string, unknown>;
  return { status: answer.status, type: answer.headers.get('content-type'), body: rest };
}

const pathOf = ({ path }: DescribedRoute): string => path.replace(/\{\w+\}/g, randomUUID());

async function keyOf(client: ApiClient, scopes: string[], more: object = {}): Promise<{ id: string; key: string }> {
  return client.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'a key', scopes, ...more });
}

const collectionOf = async (client: ApiClient) => (await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() })).id;

async function operationOf(client: ApiClient, collection: string): Promise<string> {
  const documents = [{ external_id: 'd', text: 'A text that is read later.' }];
  return (await client.ok<{ operation_id: string }>('POST', `/api/v2/collections/${collection}/documents`, { documents })).operation_id;
}

const withKey = (key: string, base = system.baseUrl): ApiClient => new ApiClient(base, newPerson(), key);

describe('tokens', () => {
  let bad: Record<string, string>;
  beforeAll(() => {
    bad = {
      ...badTokens(make),
      ...tokensWithOwnKeys({ url: `${system.baseUrl}/openapi.json` }),
      'another secret': tokenOf({ alg: 'HS256', typ: 'JWT' }, goodClaims(), hmac('another-secret-of-some-length')),
      'an empty secret': tokenOf({ alg: 'HS256', typ: 'JWT' }, goodClaims(), hmac('')),
      'HS384 with the right secret': tokenOf({ alg: 'HS384', typ: 'JWT' }, goodClaims(), hmac(DEV_SECRET, 'sha384')),
      'HS512 with the right secret': tokenOf({ alg: 'HS512', typ: 'JWT' }, goodClaims(), hmac(DEV_SECRET, 'sha512')),
    };
  });

  it('T3: a good token is let in, wherever it names its organisation', async () => {
    const org = randomUUID();
    const person = { ...newPerson(), org };
    const claims = [
      {},
      { typ: 'x' },
      { app_metadata: { org_id: org }, org_id: randomUUID() },
      { 'https://heimdex.io/org_id': org, org_id: randomUUID() },
      { app_metadata: null },
      { sub: 'user-123' },
      { role: 'viewer' },
    ];
    const id = await system.client(person).embed('asset', 's', 'mine');
    for (const more of claims) expect([more, (await new ApiClient(system.baseUrl, person, devToken(person, more)).job(id)).id]).toEqual([more, id]);
  });

  it('T3: the clock may be off by thirty seconds and not more', async () => {
    const tolerated: object[] = [{ exp: now() - 25 }, { nbf: now() + 25 }, { iat: now() + 25 }];
    for (const claims of tolerated) expect([claims, (await ask(devToken(newPerson(), claims))).status]).toEqual([claims, 200]);
    const refused: object[] = [{ exp: now() - 32 }, { nbf: now() + 40 }, { iat: now() + 40 }];
    for (const claims of refused) expect([claims, (await ask(devToken(newPerson(), claims))).status]).toEqual([claims, 401]);
  });

  it('T3: sixty and more bad tokens are all refused with one and the same answer', async () => {
    const expected = await ask(undefined);
    expect(expected).toMatchObject({ status: 401, type: expect.stringMatching(/^application\/problem\+json/), body: { code: 'unauthenticated' } });
    expect(Object.keys(bad).length).toBeGreaterThanOrEqual(60);
    const different: Record<string, unknown> = {};
    for (const [name, token] of Object.entries(bad)) {
      const refusal = await ask(token);
      if (JSON.stringify(refusal) !== JSON.stringify(expected)) different[name] = refusal;
    }
    expect(different).toEqual({});
  });

  it('T3: every route that is not public refuses them, and tells nothing of what would be there', async () => {
    const some = ['alg none, unsigned', 'another secret', 'no exp', 'its own jwk', 'an API key cut short'].map((name) => bad[name] as string);
    const guarded = routes.filter((route) => route.scope !== undefined && !route.path.endsWith('/ws'));
    expect(guarded.length).toBeGreaterThan(15);
    const expected = await ask(undefined);
    // Clients made for OpenAI find the same in the form they know.
    const error = { message: expected.body.detail, type: 'authentication_error', param: null, code: 'unauthenticated' };
    const openAi = { ...expected, body: { ...expected.body, error } };
    for (const route of guarded)
      for (const token of [undefined, ...some]) {
        const refusal = await ask(token, pathOf(route), route.method);
        expect([route.name, refusal]).toEqual([route.name, route.path.startsWith('/v1/') ? openAi : expected]);
      }
    for (const token of [undefined, ...some]) expect(await ask(token, '/vectors/search', 'POST', system.service('search').url)).toEqual(expected);
  });

  it('T3: WebSockets refuse them before the upgrade', async () => {
    for (const path of ['/events/ws', `/jobs/${randomUUID()}/ws`])
      for (const token of [bad['another secret'], bad['alg none, unsigned'], bad['expired an hour ago']] as string[])
        await expect(readSocket(system.baseUrl + path, { protocols: [`access_token.${token}`] })).rejects.toMatchObject({
          status: 401,
          contentType: expect.stringMatching(/problem\+json/),
        });
  });

  it('T3: only the header carries them: not the query string of an ordinary request, not a cookie, not another scheme', async () => {
    const token = devToken(newPerson());
    expect((await fetch(`${system.baseUrl}/jobs?token=${token}&access_token=${token}`)).status).toBe(401);
    for (const headers of [
      { cookie: `token=${token}` },
      { authorization: `Basic ${token}` },
      { authorization: token },
      { authorization: `Bearer ${token} ${token}` },
      { 'x-api-key': token },
    ] as Record<string, string>[])
      expect([Object.keys(headers), (await fetch(`${system.baseUrl}/jobs`, { headers })).status]).toEqual([Object.keys(headers), 401]);
  });
});

describe('API keys', () => {
  const SCOPES = { read: ['read'], write: ['read', 'write'], admin: ['read', 'write', 'admin'] } as const;

  it('T7: are shown once, kept as a hash, and listed without their secret', async () => {
    const client = system.client();
    const { id, key } = await keyOf(client, ['read']);
    const listed = JSON.stringify(await client.ok('GET', '/api-keys'));
    expect(listed).toContain(id);
    expect(listed).not.toContain(key.slice(-40));
    const [row] = await system.database.sql<{ row: string }>(
      `SELECT row_to_json(k)::text || encode(k.secret_hash, 'escape') AS row FROM api_keys k WHERE id = $1`,
      [id],
    );
    expect(row?.row).not.toContain(key.slice(50, 93));
  });

  for (const [scope, reach] of Object.entries(SCOPES)) {
    it(`T8: a key with the scope ${scope} passes where ${reach.join(', ')} is asked and nowhere else`, async () => {
      const { key } = await keyOf(system.client(), [scope]);
      for (const route of routes.filter((one) => one.scope !== undefined && !one.path.endsWith('/ws') && !one.path.endsWith('/events'))) {
        const { status, body } = await ask(key, pathOf(route), route.method);
        const allowed = (reach as readonly string[]).includes(route.scope as string);
        expect([route.name, route.scope, status === 403]).toEqual([route.name, route.scope, !allowed]);
        if (!allowed) expect(body).toMatchObject({ code: 'forbidden', detail: expect.stringContaining(`"${route.scope}"`) });
      }
    });
  }

  it('T8: a key that is limited to collections passes nowhere that works on the whole organisation', async () => {
    const client = system.client();
    const { key } = await keyOf(client, ['admin'], { collections: [await collectionOf(client)] });
    for (const path of ['/jobs', '/api-keys', '/outbox/parked']) expect([path, (await ask(key, path)).status]).toEqual([path, 403]);
    expect((await ask(key, '/vectors/search', 'POST', system.service('search').url)).status).toBe(403);
  });

  it('T8: a key is limited to collections by their names and aliases, and to no others than its maker may read', async () => {
    const client = system.client();
    const [mine, other] = [await collectionOf(client), await collectionOf(client)];
    const { id: named } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: 'the named' });
    await client.ok('PUT', '/api/v2/aliases/kfc', { collection_id: mine });
    const { id, key } = await keyOf(client, ['read'], { collections: ['kfc', 'the named', mine] });
    const { api_keys } = await client.ok<{ api_keys: { id: string; collections: string[] }[] }>('GET', '/api-keys');
    expect(api_keys.find((one) => one.id === id)?.collections?.sort()).toEqual([mine, named].sort());
    const limited = withKey(key);
    const listed = await limited.ok<{ collections: { id: string }[] }>('GET', '/api/v2/collections');
    expect(listed.collections.map((one) => one.id).sort()).toEqual([mine, named].sort());
    expect((await limited.call('GET', `/api/v2/collections/${other}`)).status).toBe(404);
    const secret = await collectionOf(system.client({ org: client.person.org, sub: randomUUID() }));
    for (const wrong of ['not-uuid', randomUUID(), secret]) {
      const { status, body } = await client.call('POST', '/api-keys', { name: 'a', scopes: ['read'], collections: [mine, wrong] });
      expect([status, body]).toMatchObject([422, { detail: expect.stringContaining(wrong), errors: [{ path: 'collections[1]' }] }]);
    }
    for (const wrong of ['a\u0000', '', '\ud800'])
      expect((await client.call('POST', '/api-keys', { name: 'a', scopes: ['read'], collections: [wrong] })).status).toBe(422);
  });

  it('T8: a key of before that is limited to what is no id reaches nothing, and breaks nothing', async () => {
    const client = system.client();
    const mine = await collectionOf(client);
    const { id, key } = await keyOf(client, ['read'], { collections: [mine] });
    await system.database.sql('UPDATE api_keys SET collections = $2 WHERE id = $1', [id, ['kfc']]);
    expect(await withKey(key).ok('GET', '/api/v2/collections')).toMatchObject({ total: 0 });
    await system.database.sql('UPDATE api_keys SET collections = $2 WHERE id = $1', [id, ['kfc', mine.toUpperCase()]]);
    expect(await withKey(key).ok('GET', '/api/v2/collections')).toMatchObject({ total: 1 });
  });

  it('T8: a key that is limited to a collection listens to its operations to their end, and to nothing else', async () => {
    const client = system.client();
    const [mine, other] = [await collectionOf(client), await collectionOf(client)];
    const { key } = await keyOf(client, ['read'], { collections: [mine] });
    const headers = { authorization: `Bearer ${key}` };
    const socket = (path: string) => readSocket(system.baseUrl + path, { headers });
    for (const path of ['/events/ws', `/jobs/${randomUUID()}/ws`]) await expect(socket(path)).rejects.toMatchObject({ status: 403 });
    await expect(readSse(`${system.baseUrl}/events`, key)).rejects.toMatchObject({ status: 403 });
    const worker = system.service('worker');
    await worker.freeze();
    const operations = await Promise.all([mine, other].map((id) => operationOf(client, id)));
    const [own, foreign] = operations.map((id) => [`/api/v2/operations/${id}/events`, `/api/v2/operations/${id}/ws`, `/ws/operations/${id}`]);
    const [events, ...sockets] = own as [string, string, string];
    for (const path of (foreign as string[]).slice(1)) await expect(socket(path)).rejects.toMatchObject({ status: 404 });
    const readings = [readSse(system.baseUrl + events, key), ...sockets.map((path) => socket(path))];
    const recheckedAfter = 4_000;
    setTimeout(() => worker.thaw(), recheckedAfter + 1_000);
    const [stream, ...read] = (await Promise.all(readings)) as [SseResult, ...SocketResult[]];
    expect([stream.brokeOff, stream.events.at(-1)?.data]).toMatchObject([false, { type: 'operation_completed' }]);
    for (const { code, messages } of read) expect([code, messages.at(-1)]).toMatchObject([1000, { type: 'operation_completed' }]);
  });

  it('T7: a key that is revoked is refused at once, by the api and by the search service, and its stream ends within five seconds', async () => {
    const client = system.client();
    const job = await client.embed('asset', 's', 'a text to find');
    await client.done(job);
    const { id, key } = await keyOf(client, ['read']);
    const bySearch = withKey(key, system.service('search').url);
    expect((await bySearch.search('a text to find')).results).toHaveLength(1);
    let revokedAt = 0;
    const revoke = async () => {
      revokedAt = Date.now();
      await client.ok('DELETE', `/api-keys/${id}`);
      expect((await withKey(key).call('GET', '/jobs')).status).toBe(401);
      expect((await withKey(key).call('POST', '/vectors/search', { query: 'x' })).status).toBe(401);
      expect((await bySearch.call('POST', '/vectors/search', { query: 'x' })).status).toBe(401);
    };
    const socket = readSocket(`${system.baseUrl}/events/ws`, { headers: { authorization: `Bearer ${key}` } });
    let revoked: Promise<void> | undefined;
    const stream = await readSse(`${system.baseUrl}/events`, key, {
      onOpen: () => {
        revoked = revoke();
      },
    });
    await revoked;
    expect(stream).toMatchObject({ ended: true, brokeOff: true }); // not as it ends when there is no more to come
    expect(Date.now() - revokedAt).toBeLessThan(5_500);
    expect((await socket).code).toBe(1008);
    await expect(readSse(`${system.baseUrl}/events`, key)).rejects.toThrow(SseRefused);
  });

  it('T7: a key stops working when it expires, and one that never would work is not made', async () => {
    const client = system.client();
    const { id, key } = await keyOf(client, ['read'], { expires_at: new Date(Date.now() + 3_600_000).toISOString() });
    expect((await withKey(key).call('GET', '/jobs')).status).toBe(200);
    await system.database.sql(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    expect((await withKey(key).call('GET', '/jobs')).status).toBe(401);
    expect(await client.call('POST', '/api-keys', { name: 'x', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 422 });
  });

  it('T7: a right key of the wrong organisation, and a right id with a wrong secret, are refused and leave no trace of use', async () => {
    const client = system.client();
    const [{ id, key }, { key: other }] = [await keyOf(client, ['read']), await keyOf(client, ['read'])];
    const { parseApiKey, mintApiKey } = await import('@cairn/common');
    expect(parseApiKey(key)?.keyId).toBe(id);
    const forged = await forge(key, other);
    expect(parseApiKey(forged)).toMatchObject({ keyId: id, orgId: client.person.org });
    expect((await withKey(forged).call('GET', '/jobs')).status).toBe(401);
    expect((await withKey(mintApiKey(client.person.org as never).key).call('GET', '/jobs')).status).toBe(401);
    const [row] = await system.database.sql<{ last_used_at: Date | null }>('SELECT last_used_at FROM api_keys WHERE id = $1', [id]);
    expect(row?.last_used_at).toBeNull();
    expect((await withKey(key).call('GET', '/jobs')).status).toBe(200);
    const [used] = await system.database.sql<{ last_used_at: Date | null }>('SELECT last_used_at FROM api_keys WHERE id = $1', [id]);
    expect(used?.last_used_at).toBeInstanceOf(Date);
  });

  it('T7: a key in the address is refused, for streams as for WebSockets', async () => {
    const { key } = await keyOf(system.client(), ['admin']);
    expect((await fetch(`${system.baseUrl}/jobs?token=${key}`)).status).toBe(401);
    expect((await fetch(`${system.baseUrl}/events?token=${key}&access_token=${key}`, { headers: { accept: 'application/json' } })).status).toBe(401);
    await expect(readSocket(`${system.baseUrl}/events/ws?token=${key}`)).rejects.toBeInstanceOf(SocketRefused);
    const { code } = await readSocket(`${system.baseUrl}/events/ws`, { headers: { authorization: `Bearer ${key}` }, onOpen: (socket) => socket.close(1000) });
    expect(code).toBe(1000);
  });
});

/** The id of one key with the secret of another, and a checksum that fits. */
async function forge(key: string, other: string): Promise<string> {
  const { createHash } = await import('node:crypto');
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const body = key.slice(0, 50) + other.slice(50, 93);
  let value = BigInt(`0x${createHash('sha256').update(body).digest().subarray(0, 4).toString('hex')}`);
  let checksum = '';
  for (; checksum.length < 6; value /= 62n) checksum = alphabet[Number(value % 62n)] + checksum;
  return body + checksum;
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken, newPerson, type Person } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { type DescribedRoute, describedRoutes } from './openapi-routes.js';
import { readSocket } from './read-socket.js';

jest.setTimeout(60_000);

const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
type Role = (typeof ROLES)[number];
const LEAST: Record<string, Role> = { read: 'viewer', write: 'member', admin: 'admin' };

let system: TestSystem;
let routes: DescribedRoute[];

// Nobody answers searches: a role is looked at before.
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api'] });
  routes = await describedRoutes(system.baseUrl);
}, 120_000);
afterAll(() => system?.stop());

const withRole = (role: string, person: Person = newPerson()) => new ApiClient(system.baseUrl, person, devToken(person, { role }));
const pathOf = ({ path }: DescribedRoute): string => path.replace(/\{\w+\}/g, randomUUID());
/** Not the one that streams to whoever asks, and never ends. */
const isAnswer = ({ path }: DescribedRoute) => path !== '/events';

async function refusalOf(client: ApiClient, route: DescribedRoute): Promise<string | undefined> {
  const body = route.method === 'GET' ? undefined : {};
  const reply = await client.call<{ detail: string } | undefined>(route.method, pathOf(route), body);
  return reply.status === 403 ? reply.body?.detail : undefined;
}

describe('roles in an organisation', () => {
  for (const role of ROLES) {
    it(`T15: ${role} reaches every route that needs no more, and of the others is told which role they need`, async () => {
      const client = withRole(role);
      const asked = routes.filter((route) => route.scope !== undefined && isAnswer(route));
      expect(asked.length).toBeGreaterThan(50);
      for (const route of asked) {
        const needed = LEAST[route.scope as string] as Role;
        const reached = ROLES.indexOf(role) >= ROLES.indexOf(needed);
        const expected = reached ? undefined : expect.stringContaining(`needs the role "${needed}" in the organisation, and yours is "${role}"`);
        expect([route.name, await refusalOf(client, route)]).toEqual([route.name, expected]);
      }
    });
  }

  it('T15: an admin deletes a collection that he may not read, whose owner may be gone; nobody less does', async () => {
    const owner = newPerson();
    const { id } = await withRole('member', owner).ok<{ id: string }>('POST', '/api/v2/collections', { name: 'private' });
    const path = `/api/v2/collections/${id}`;
    const beside = (role: string, org = owner.org) => withRole(role, { org, sub: randomUUID() });
    const admin = beside('admin');
    const { key } = await admin.ok<{ key: string }>('POST', '/api-keys', { name: 'a key', scopes: ['write'] });
    const others = [beside('member'), beside('authenticated'), beside('owner', randomUUID()), new ApiClient(system.baseUrl, owner, key)];
    for (const other of others) expect((await other.call('DELETE', path)).status).toBe(404);
    for (const [method, rest] of [
      ['GET', ''],
      ['PATCH', ''],
      ['GET', '/documents'],
      ['GET', '/export'],
      ['GET', '/shares'],
    ] as const)
      expect([method, rest, (await admin.call(method, path + rest, method === 'GET' ? undefined : {})).status]).toEqual([method, rest, 404]);
    expect((await admin.call('DELETE', path)).status).toBe(204);
    expect((await withRole('member', owner).call('GET', path)).status).toBe(404);
    expect((await admin.call('DELETE', path)).status).toBe(404);
  });

  it('T15: a token without a role, or with a word of its provider, may do what it could before', async () => {
    for (const claims of [{}, { role: 'authenticated' }, { role: null }, { role: ['viewer'] }, { app_metadata: null }]) {
      const person = newPerson();
      const client = new ApiClient(system.baseUrl, person, devToken(person, claims));
      expect([claims, (await client.call('GET', '/api-keys')).status]).toEqual([claims, 200]);
    }
  });

  it('T15: the role of the provider’s own metadata comes first', async () => {
    const person = newPerson();
    const client = new ApiClient(system.baseUrl, person, devToken(person, { role: 'authenticated', app_metadata: { org_id: person.org, role: 'viewer' } }));
    expect((await client.call('POST', '/jobs', { type: 'mock_process' })).status).toBe(403);
  });

  it('T15: a viewer listens to events like everybody who reads', async () => {
    const person = newPerson();
    const token = devToken(person, { role: 'viewer' });
    const { protocol } = await readSocket(`${system.baseUrl}/events/ws`, {
      protocols: [`access_token.${token}`],
      stop: () => true,
      onOpen: (socket) => socket.close(),
    });
    expect(protocol).toContain('access_token');
  });

  it('T15: no key may more than its maker still may, and none of a user who was removed is good', async () => {
    const client = withRole('owner');
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['admin'] });
    const keyed = new ApiClient(system.baseUrl, client.person, key);
    await keyed.ok('GET', '/api-keys');
    const change = (text: string) => system.database.sql(`UPDATE users SET ${text} WHERE org_id = $1 AND subject = $2`, [client.person.org, client.person.sub]);
    await change(`role = 'member'`);
    expect(await keyed.call('GET', '/api-keys')).toMatchObject({ status: 403, body: { detail: expect.stringContaining('the role "admin"') } });
    expect((await keyed.call('POST', '/jobs', { type: 'mock_process' })).status).toBe(200);
    await change('removed_at = now()');
    expect((await keyed.call('GET', '/jobs')).status).toBe(401);
    await until('the removed user to be refused', async () => (await client.call('GET', '/jobs')).status === 401);
  });

  it('T7: a key that was made with keys is its first maker’s: what he may not see it does not, and it goes with him', async () => {
    const [client, colleague] = [withRole('owner'), withRole('owner')];
    const other = new ApiClient(system.baseUrl, { ...colleague.person, org: client.person.org }, devToken({ ...colleague.person, org: client.person.org }));
    const { id: secret } = await other.ok<{ id: string }>('POST', '/api/v2/collections', { name: 'secret' });
    const me = await client.ok<{ id: number }>('GET', '/api/auth/me');
    let keyed = client;
    for (let times = 0; times < 3; times++) {
      const { key } = await keyed.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['admin'] });
      keyed = new ApiClient(system.baseUrl, client.person, key);
    }
    expect(await keyed.ok('GET', '/api/auth/me')).toMatchObject({ id: me.id, credential: 'key', role: 'owner' });
    expect((await keyed.call('GET', `/api/v2/collections/${secret}`)).status).toBe(404);
    await client.ok('PATCH', `/api/v2/users/${(await other.ok<{ id: number }>('GET', '/api/auth/me')).id}`, { role: 'owner' });
    await other.ok('PATCH', `/api/v2/users/${me.id}`, { role: 'member' });
    expect((await keyed.call('GET', '/api-keys')).status).toBe(403);
    await other.ok('DELETE', `/api/v2/users/${me.id}`);
    await system.database.sql('UPDATE users SET removed_at = NULL WHERE id = $1', [me.id]);
    expect((await keyed.call('GET', '/jobs')).status).toBe(401);
  });

  it('T15: a key may no more than the token of its maker said when he made it', async () => {
    const client = withRole('admin');
    const me = await client.ok<{ id: number }>('GET', '/api/auth/me');
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['admin'] });
    const keyed = new ApiClient(system.baseUrl, client.person, key);
    expect(await keyed.ok('GET', '/api/auth/me')).toMatchObject({ id: me.id, role: 'admin' });
    expect((await keyed.call('PATCH', `/api/v2/users/${me.id}`, { role: 'owner' })).status).toBe(403);
    await system.database.sql(`UPDATE users SET role = 'owner' WHERE id = $1`, [me.id]);
    expect(await keyed.ok('GET', '/api/auth/me')).toMatchObject({ role: 'admin' });
  });

  it('T15: what the database says of a user holds against a token that says more', async () => {
    const client = withRole('owner');
    await client.ok('GET', '/api-keys');
    await system.database.sql(`UPDATE users SET role = 'viewer' WHERE org_id = $1`, [client.person.org]);
    await until('the role to hold', async () => (await client.call('GET', '/api-keys')).status === 403);
  });
});

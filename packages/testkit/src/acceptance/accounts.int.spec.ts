import { createHmac, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken, newPerson, type Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse battery staple';
const TOKEN_SECRET = 'a secret of this test that is long enough';

interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

interface Registered extends Tokens {
  id: number;
  email: string;
  organisation_id: string;
  role: string;
}

interface Entry {
  actor: string;
  action: string;
  thing: string | null;
  details: Record<string, unknown>;
}

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api'], env: { AUTH_TOKEN_SECRET: TOKEN_SECRET, RATE_ACCOUNT_LOGINS: '6' } });
}, 120_000);
afterAll(() => system?.stop());

const newEmail = () => `${randomUUID()}@example.org`;

/** A call without credentials. */
async function send<T = Record<string, unknown>>(path: string, body: object, headers: Record<string, string> = {}): Promise<Reply<T>> {
  const answer = await fetch(`${system.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text ? JSON.parse(text) : undefined) as T };
}

async function register(more: object = {}): Promise<Registered> {
  const { status, body } = await send<Registered>('/api/auth/register', { email: newEmail(), password: PASSWORD, ...more });
  expect([status, body]).toEqual([201, expect.objectContaining({ role: 'owner', token_type: 'bearer' })]);
  return body;
}

const login = (email: string, password = PASSWORD) => send<Tokens>('/api/auth/login', { email, password });
/** The tries of one account get that answer, until they are too many. */
async function expectLimited(attempt: () => Promise<Reply<unknown>>, status: number): Promise<void> {
  const seen: number[] = [];
  // One is forgiven every ten seconds, which a few tries may take on a slow machine.
  while (seen.length < 20 && seen.at(-1) !== 429) seen.push((await attempt()).status);
  expect(seen.length).toBeGreaterThan(6);
  expect(seen).toEqual([...seen.slice(0, -1).map(() => status), 429]);
}

const refresh = (refresh_token: string) => send<Tokens>('/api/auth/refresh', { refresh_token });
const as = ({ access_token }: Pick<Tokens, 'access_token'>) => new ApiClient(system.baseUrl, newPerson(), access_token);
const entries = async (client: ApiClient) => (await client.ok<{ entries: Entry[] }>('GET', '/api/v2/audit?limit=500')).entries;

/** Adds a colleague with a password, who logs in. */
async function colleagueOf(owner: ApiClient, role: string): Promise<{ id: number; email: string; client: ApiClient; tokens: Tokens }> {
  const email = newEmail();
  const { id } = await owner.ok<{ id: number }>('POST', '/api/v2/users', { email, role, password: PASSWORD });
  const { status, body } = await login(email);
  expect(status).toBe(200);
  return { id, email, client: as(body), tokens: body };
}

/** A hash that costs five times as much to check as ours. */
function slowHashOf(password: string): string {
  const [salt, p] = [randomBytes(16), 15];
  const hash = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p, maxmem: 2 ** 27 });
  return ['scrypt', 15, 8, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Nobody gets an account of this name until `work` is through. It is told how to wait for so many who wait for a lock. */
async function whileNameIsLocked<T>(name: string, work: (waiting: (many: number) => Promise<unknown>) => Promise<T>): Promise<T> {
  const app = await system.database.as('app');
  const waiting = (many: number) =>
    until(`${many} to wait`, async () => {
      const rows = await system.database.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      return rows.length === many;
    });
  return app.system(async (sql) => {
    await sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended('login ' || $1::text, 0))`, [name]);
    return work(waiting);
  });
}

describe('an account', () => {
  it('T6: is made with an organisation that it owns, and can do everything there', async () => {
    const owner = await register({ organisation: 'Harbour office', username: `Maria-${randomUUID().slice(0, 8)}`, full_name: 'Maria Schmidt' });
    const client = as(owner);
    expect(await client.ok('GET', '/api/auth/me')).toMatchObject({
      id: owner.id,
      credential: 'user',
      organisation_id: owner.organisation_id,
      organisation: 'Harbour office',
      subject: owner.email,
      full_name: 'Maria Schmidt',
      role: 'owner',
      scopes: ['read', 'write', 'admin'],
    });
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: 'mine' });
    expect(await client.ok('GET', `/api/v2/collections/${id}`)).toMatchObject({ owner_id: owner.id });
    expect((await system.client().call('GET', `/api/v2/collections/${id}`)).status).toBe(404);
  });

  it('T6: is logged in to by e-mail address or user name, however they are written', async () => {
    const username = `u${randomUUID().slice(0, 8)}`;
    const { email } = await register({ username });
    for (const names of [{ email }, { email: email.toUpperCase() }, { username }, { username: username.toUpperCase() }, { username: email }]) {
      const { status, body } = await send<Tokens>('/api/auth/login', { ...names, password: PASSWORD });
      expect([names, status]).toEqual([names, 200]);
      expect((await as(body).ok<{ email: string }>('GET', '/api/auth/me')).email).toBe(email);
    }
  });

  it('T6: has names that are nobody else’s, also when two want them at once', async () => {
    const email = newEmail();
    const replies = await Promise.all(Array.from({ length: 8 }, () => send('/api/auth/register', { email, password: PASSWORD })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    const [organisations] = await system.database.sql<{ n: number }>('SELECT count(*)::int AS n FROM users WHERE subject = $1', [email]);
    expect(organisations?.n).toBe(1);
    const { email: other } = await register({ username: 'harbourmaster' });
    expect((await send('/api/auth/register', { email: newEmail(), password: PASSWORD, username: 'HarbourMaster' })).status).toBe(409);
    expect((await login(other)).status).toBe(200);
  });

  it('T6: is refused with a bad address, user name or password, each named', async () => {
    const bad: [object, string][] = [
      [{ email: 'nobody' }, 'email'],
      [{ email: 'a b@example.org' }, 'email'],
      [{ password: 'short' }, 'password'],
      [{ password: 'x'.repeat(1_025) }, 'password'],
      [{ username: 'me@example.org' }, 'username'],
    ];
    for (const [more, path] of bad) {
      const { status, body } = await send('/api/auth/register', { email: newEmail(), password: PASSWORD, ...more });
      expect([more, status, body]).toEqual([more, 422, expect.objectContaining({ errors: [expect.objectContaining({ path })] })]);
    }
  });

  it('T6: keeps nothing that lets anybody in: no password, no token', async () => {
    const { email, refresh_token, access_token } = await register();
    const rows = await system.database.sql(
      `SELECT to_jsonb(a) AS row FROM accounts a UNION ALL SELECT to_jsonb(t) FROM refresh_tokens t UNION ALL SELECT to_jsonb(s) FROM sessions s UNION ALL SELECT to_jsonb(l) FROM audit_log l`,
    );
    const text = JSON.stringify(rows);
    expect(text).toContain(email);
    for (const secret of [PASSWORD, refresh_token, refresh_token.slice(51, 94), access_token]) expect(text).not.toContain(secret);
  });
});

describe('logging in', () => {
  it('T6: a wrong password and an unknown name get one and the same answer', async () => {
    const { email } = await register();
    const [wrong, unknown] = [await login(email, 'a wrong password'), await login(newEmail(), 'a wrong password')];
    const told = ({ status, body, headers }: Reply<object>) => ({ status, body: { ...body, reference: '' }, type: headers.get('content-type') });
    expect(told(wrong)).toEqual(told(unknown));
    expect(wrong.status).toBe(401);
  });

  it('T6: after too many wrong passwords the account has to wait, and the right one clears them', async () => {
    const { email } = await register();
    const guess = () => login(email, 'a wrong password');
    for (let times = 0; times < 5; times++) expect((await guess()).status).toBe(401);
    expect((await login(email)).status).toBe(200);
    await expectLimited(guess, 401);
    const refused = await login(email);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', current: { limit: 'logins', of: 'account' } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await register()).role).toBe('owner'); // nobody else has to
  });

  it('T6: nobody comes in without a password that is a text', async () => {
    const { email } = await register();
    for (const body of [{ email }, { email, password: null }, { email, password: { $ne: '' } }, { password: PASSWORD }])
      expect((await send('/api/auth/login', body)).status).toBe(422);
    expect((await send('/api/auth/login', { email, password: '' })).status).toBe(401);
  });
});

describe('a session', () => {
  it('T6: is continued by a refresh token, which is good once; one that comes again ends it', async () => {
    const first = await register();
    const second = (await refresh(first.refresh_token)).body;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await as(second).call('GET', '/jobs')).status).toBe(200);
    expect((await refresh(first.refresh_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(401);
    await until('the access tokens to be refused', async () => (await as(second).call('GET', '/jobs')).status === 401);
    expect((await login(first.email)).status).toBe(200);
  });

  it('T6: a refresh token that comes many times at once is used at most once', async () => {
    const { refresh_token } = await register();
    const replies = await Promise.all(Array.from({ length: 10 }, () => refresh(refresh_token)));
    const good = replies.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    // The others have ended it: whoever of the two was the thief has nothing.
    expect((await refresh((good[0] as Reply<Tokens>).body.refresh_token)).status).toBe(401);
  });

  it('T6: refresh after logout is refused, and soon the access token too', async () => {
    for (const logout of [
      ({ refresh_token }: Tokens) => send('/api/auth/logout', { refresh_token }),
      ({ access_token }: Tokens) => send('/api/auth/logout', {}, { authorization: `Bearer ${access_token}` }),
      (tokens: Tokens) => as(tokens).call('POST', '/api/auth/logout'),
    ]) {
      const [account, other] = [await register(), await register()];
      const again = (await login(account.email)).body;
      expect((await logout(account)).status).toBe(204);
      expect((await refresh(account.refresh_token)).status).toBe(401);
      await until('the access token to be refused', async () => (await as(account).call('GET', '/jobs')).status === 401);
      expect([(await refresh(again.refresh_token)).status, (await refresh(other.refresh_token)).status]).toEqual([200, 200]);
    }
  });

  it('T6: logging out again, or with what is no token, changes nothing; with nothing it is refused', async () => {
    const { refresh_token } = await register();
    for (let times = 0; times < 2; times++) expect((await send('/api/auth/logout', { refresh_token })).status).toBe(204);
    expect((await send('/api/auth/logout', { refresh_token: 'nonsense' })).status).toBe(204);
    expect((await send('/api/auth/logout', {})).status).toBe(401);
  });

  it('T6: no other credential is a refresh token, and a refresh token is none for a request', async () => {
    const account = await register();
    const client = as(account);
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['read'] });
    const changed = `${account.refresh_token.slice(0, -7)}${account.refresh_token.at(-7) === 'a' ? 'b' : 'a'}${account.refresh_token.slice(-6)}`;
    for (const token of [account.access_token, key, changed, '']) expect([token, (await refresh(token)).status]).toEqual([token, 401]);
    expect((await as({ access_token: account.refresh_token }).call('GET', '/jobs')).status).toBe(401);
    expect((await refresh(account.refresh_token)).status).toBe(200);
  });

  it('T6: an access token of another secret, kind or session is refused, and none of ours is one of the provider', async () => {
    const account = await register();
    const [head, payload] = account.access_token.split('.') as [string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const sign = (header: object, body: object, secret = TOKEN_SECRET) => {
      const text = [header, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const header = JSON.parse(Buffer.from(head, 'base64url').toString());
    const status = async (token: string) => (await as({ access_token: token }).call('GET', '/jobs')).status;
    expect(await status(sign(header, claims))).toBe(200);
    const bad = {
      'the secret of dev tokens': sign(header, claims, 'local-dev-secret'),
      'the default secret': sign(header, claims, 'local-token-secret-for-one-machine-only'),
      'another type': sign({ ...header, typ: 'JWT' }, claims),
      'no audience': sign(header, { ...claims, aud: undefined }),
      'another session': sign(header, { ...claims, sid: randomUUID() }),
      'no session': sign(header, { ...claims, sid: undefined }),
      'another organisation': sign(header, { ...claims, org_id: randomUUID() }),
      'somebody else': sign(header, { ...claims, sub: newEmail() }),
      over: sign(header, { ...claims, exp: Math.floor(Date.now() / 1_000) - 60 }),
      'another issuer': sign(header, { ...claims, iss: 'urn:else' }),
    };
    for (const [name, token] of Object.entries(bad)) expect([name, await status(token)]).toEqual([name, 401]);
    expect((await system.client().call('GET', '/jobs')).status).toBe(200); // dev tokens are as good as before
  });
});

describe('users of an organisation', () => {
  it('T15: an admin invites, whoever is invited chooses his password, and the invitation is good once', async () => {
    const owner = as(await register());
    const email = newEmail();
    const invited = await owner.ok<{ id: number; invitation_token: string }>('POST', '/api/v2/users', { email, role: 'member' });
    expect(invited).toMatchObject({ user: email, role: 'member', status: 'invited', email: null });
    const accept = () => send<Registered>('/api/auth/invitations/accept', { token: invited.invitation_token, password: PASSWORD, full_name: 'Otto' });
    const replies = await Promise.all([accept(), accept(), accept()]);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 401, 401]);
    const member = replies.find(({ status }) => status === 201) as Reply<Registered>;
    expect(member.body).toMatchObject({ id: invited.id, role: 'member', email });
    expect((await login(email)).status).toBe(200);
    expect((await as(member.body).call('GET', '/api/v2/users')).status).toBe(403);
    const { users } = await owner.ok<{ users: { id: number; status: string; full_name: string }[] }>('GET', '/api/v2/users');
    expect(users.find(({ id }) => id === invited.id)).toMatchObject({ status: 'active', full_name: 'Otto' });
  });

  it('T15: an invitation that is too old, or of a user who was removed, is refused', async () => {
    const owner = as(await register());
    const invite = () => owner.ok<{ id: number; invitation_token: string }>('POST', '/api/v2/users', { email: newEmail(), role: 'member' });
    const [old, removed] = [await invite(), await invite()];
    await system.database.sql(`UPDATE invitations SET expires_at = now() - interval '1 second' WHERE user_id = $1`, [old.id]);
    await owner.ok('DELETE', `/api/v2/users/${removed.id}`);
    for (const { invitation_token: token } of [old, removed])
      expect((await send('/api/auth/invitations/accept', { token, password: PASSWORD })).status).toBe(401);
  });

  it('T15: each role reaches what it may, and a change of it holds soon', async () => {
    const owner = as(await register());
    const { id, client } = await colleagueOf(owner, 'viewer');
    const statuses = async () => [
      (await client.call('GET', '/jobs')).status,
      (await client.call('POST', '/jobs', { type: 'mock_process' })).status,
      (await client.call('GET', '/api-keys')).status,
    ];
    expect(await statuses()).toEqual([200, 403, 403]);
    for (const [role, expected] of [
      ['member', '200,200,403'],
      ['admin', '200,200,200'],
      ['viewer', '200,403,403'],
    ] as const) {
      expect(await owner.ok('PATCH', `/api/v2/users/${id}`, { role })).toMatchObject({ id, role });
      await until(`the role ${role} to hold`, async () => (await statuses()).join() === expected);
    }
  });

  it('T15: only an owner makes and unmakes owners, and the last one stays', async () => {
    const account = await register();
    const owner = as(account);
    const { id: admin, client } = await colleagueOf(owner, 'admin');
    const needsOwner = { status: 403, body: { detail: expect.stringContaining('the role "owner"') } };
    expect(await client.call('POST', '/api/v2/users', { email: newEmail(), role: 'owner' })).toMatchObject(needsOwner);
    expect(await client.call('PATCH', `/api/v2/users/${admin}`, { role: 'owner' })).toMatchObject(needsOwner);
    expect(await client.call('PATCH', `/api/v2/users/${account.id}`, { role: 'viewer' })).toMatchObject(needsOwner);
    expect(await client.call('DELETE', `/api/v2/users/${account.id}`)).toMatchObject(needsOwner);
    expect((await owner.call('PATCH', `/api/v2/users/${account.id}`, { role: 'admin' })).status).toBe(409);
    expect((await owner.call('DELETE', `/api/v2/users/${account.id}`)).status).toBe(409);
    await owner.ok('POST', '/api/v2/users', { email: newEmail(), role: 'owner' });
    expect((await owner.call('DELETE', `/api/v2/users/${account.id}`)).status).toBe(409); // the other has not come yet
    await owner.ok('PATCH', `/api/v2/users/${admin}`, { role: 'owner' });
    expect((await owner.call('DELETE', `/api/v2/users/${account.id}`)).status).toBe(204);
  });

  it('T15: of two owners who go at once one stays', async () => {
    for (let times = 0; times < 5; times++) {
      const one = await register();
      const other = await colleagueOf(as(one), 'owner');
      const replies = await Promise.all([as(one).call('DELETE', `/api/v2/users/${one.id}`), other.client.call('DELETE', `/api/v2/users/${other.id}`)]);
      expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
    }
  });

  it('T15: nothing of a user who was removed lets anybody in, and his address is free again', async () => {
    const owner = as(await register());
    const { id, email, client, tokens } = await colleagueOf(owner, 'admin');
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['admin'] });
    await owner.ok('DELETE', `/api/v2/users/${id}`);
    expect((await login(email)).status).toBe(401);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    expect((await as({ access_token: key }).call('GET', '/jobs')).status).toBe(401);
    await until('the access token to be refused', async () => (await client.call('GET', '/jobs')).status === 401);
    expect((await owner.call('PATCH', `/api/v2/users/${id}`, { role: 'viewer' })).status).toBe(404);
    const back = await owner.ok<{ id: number }>('POST', '/api/v2/users', { email, role: 'viewer', password: 'another long password' });
    expect(back.id).toBe(id);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    expect((await as({ access_token: key }).call('GET', '/jobs')).status).toBe(401);
    expect((await login(email, 'another long password')).status).toBe(200);
  });

  it('T6: a login that was on its way when the user was removed and invited anew does not let him in', async () => {
    const owner = as(await register());
    const { id, email } = await colleagueOf(owner, 'member');
    await system.database.sql('UPDATE accounts SET password_hash = $2 WHERE user_id = $1', [id, slowHashOf(PASSWORD)]);
    const onItsWay = login(email);
    await login(newEmail()); // it came later and is refused already: the other has found its account, and computes
    await owner.ok('DELETE', `/api/v2/users/${id}`);
    await owner.ok('POST', '/api/v2/users', { email, role: 'member' });
    expect(await onItsWay).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    const open = await system.database.sql('SELECT FROM sessions WHERE user_id = $1 AND ended_at IS NULL', [id]);
    expect(open).toHaveLength(0);
  });

  it('T15: an invitation that is being accepted while the user is removed leaves no password behind', async () => {
    const owner = as(await register());
    const email = newEmail();
    const { id, invitation_token: token } = await owner.ok<{ id: number; invitation_token: string }>('POST', '/api/v2/users', { email, role: 'member' });
    const [accepting, removing] = await whileNameIsLocked(email, async (waiting) => {
      const replies = [send('/api/auth/invitations/accept', { token, password: PASSWORD })];
      await waiting(1);
      replies.push(owner.call('DELETE', `/api/v2/users/${id}`));
      await waiting(2);
      return replies;
    });
    expect([(await accepting)?.status, (await removing)?.status]).toEqual([201, 204]);
    expect(await system.database.sql('SELECT FROM accounts WHERE user_id = $1', [id])).toHaveLength(0);
    await owner.ok('POST', '/api/v2/users', { email, role: 'member' });
    expect((await login(email)).status).toBe(401);
  });

  it('T15: they are read page by page, and one who is there cannot be added again', async () => {
    const account = await register();
    const owner = as(account);
    for (let times = 0; times < 6; times++) await owner.ok('POST', '/api/v2/users', { email: newEmail(), role: 'viewer' });
    const seen: number[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const page: { users: { id: number }[]; next_cursor: string | null } = await owner.ok('GET', `/api/v2/users?limit=3&cursor=${cursor}`);
      seen.push(...page.users.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).toHaveLength(7);
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(seen);
    expect((await owner.call('POST', '/api/v2/users', { email: account.email, role: 'viewer' })).status).toBe(409);
  });
});

describe('another password', () => {
  const NEW_PASSWORD = 'a staple of other horses';
  const change = (tokens: Pick<Tokens, 'access_token'>, current_password: string, new_password = NEW_PASSWORD) =>
    as(tokens).call('POST', '/api/auth/password', { current_password, new_password });

  it('T6: lets in from then on, the old one does not; other sessions end, and the one that asked goes on', async () => {
    const [account, other] = [await register(), await register()];
    const elsewhere = (await login(account.email)).body;
    expect((await change(account, PASSWORD)).status).toBe(204);
    expect([(await login(account.email)).status, (await login(account.email, NEW_PASSWORD)).status, (await login(other.email)).status]).toEqual([
      401, 200, 200,
    ]);
    expect([(await refresh(elsewhere.refresh_token)).status, (await refresh(account.refresh_token)).status]).toEqual([401, 200]);
    await until('the other access token to be refused', async () => (await as(elsewhere).call('GET', '/jobs')).status === 401);
    const actions = (await entries(as((await login(account.email, NEW_PASSWORD)).body))).map(({ action }) => action);
    expect(actions.filter((action) => action === 'POST /api/auth/password')).toHaveLength(1);
  });

  it('T6: is not for who does not know the one until now, and guesses are limited', async () => {
    const account = await register();
    await expectLimited(() => change(account, 'a wrong password'), 422);
    expect((await refresh(account.refresh_token)).status).toBe(200);
  });

  it('T6: is not changed without end: right tries are limited as well', async () => {
    const account = await register();
    await expectLimited(() => change(account, PASSWORD, PASSWORD), 204);
  });

  it('T6: is too short, or that of nobody: refused', async () => {
    const account = await register();
    expect((await change(account, PASSWORD, 'short')).status).toBe(422);
    expect((await system.client().call('POST', '/api/auth/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })).status).toBe(400);
    expect((await send('/api/auth/password', { current_password: PASSWORD, new_password: NEW_PASSWORD })).status).toBe(401);
    const { key } = await as(account).ok<{ key: string }>('POST', '/api-keys', { name: 'a key', scopes: ['admin'] });
    expect((await change({ access_token: key }, PASSWORD)).status).toBe(400);
  });

  it('T6: of two changes at once one holds', async () => {
    const account = await register();
    const words = ['the first of two words', 'the second of two words'];
    const replies = await Promise.all(words.map((word) => change(account, PASSWORD, word)));
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 422]);
    const winner = words[replies.findIndex(({ status }) => status === 204)] as string;
    expect((await login(account.email, winner)).status).toBe(200);
  });
});

describe('what is remembered of it', () => {
  it('T12: registrations, logins, logouts, refused logins and tokens that came twice are in the log of the organisation', async () => {
    const account = await register();
    const again = (await login(account.email)).body;
    await login(account.email, 'a wrong password');
    await send('/api/auth/logout', { refresh_token: account.refresh_token });
    await refresh(again.refresh_token);
    await refresh(again.refresh_token);
    const client = as((await login(account.email)).body);
    const wanted = [
      'POST /api/auth/login',
      'POST /api/auth/login',
      'POST /api/auth/logout',
      'POST /api/auth/register',
      'denied POST /api/auth/login',
      'denied POST /api/auth/refresh',
    ];
    await until('the refused login to be written', async () => (await entries(client)).length >= wanted.length);
    const seen = await entries(client);
    expect(seen.map(({ action }) => action).sort()).toEqual(wanted);
    for (const { action, actor, thing } of seen)
      expect([action, actor, thing]).toEqual([action, action.startsWith('denied') ? 'unknown' : `user:${account.id}`, String(account.id)]);
  });

  it('T12: a change of a role says which, and a denial what was wanted', async () => {
    const owner = as(await register());
    const { id, client } = await colleagueOf(owner, 'viewer');
    await owner.ok('PATCH', `/api/v2/users/${id}`, { role: 'member' });
    await client.call('GET', '/api-keys');
    await until('the denial to be written', async () => (await entries(owner)).some(({ action }) => action.startsWith('denied')));
    const seen = await entries(owner);
    expect(seen.find(({ action }) => action === 'PATCH /users/{user_id}')).toMatchObject({ thing: String(id), details: { role: 'member' } });
    expect(seen.find(({ action }) => action.startsWith('denied'))).toMatchObject({ action: 'denied GET /api-keys', actor: `user:${id}` });
  });
});

describe('where accounts are not wanted', () => {
  it('T6: registration can be closed, and then says so; those who have an account go on', async () => {
    const { email } = await register();
    await system.restart('api', { AUTH_REGISTRATION: 'false' });
    expect(await send('/api/auth/register', { email: newEmail(), password: PASSWORD })).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('closed') },
    });
    expect((await login(email)).status).toBe(200);
    const person = newPerson();
    expect((await new ApiClient(system.baseUrl, person, devToken(person)).call('GET', '/api/auth/me')).status).toBe(200);
    await system.restart('api');
  });

  it('T10: too many logins from one address are refused, whatever the client says where it is', async () => {
    await system.restart('api', { RATE_LOGINS: '3' });
    const attempt = (address: string) => send('/api/auth/login', { email: newEmail(), password: PASSWORD }, { 'x-forwarded-for': address });
    const replies = [await attempt('203.0.113.1'), await attempt('203.0.113.2'), await attempt('203.0.113.3'), await attempt('203.0.113.4')];
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 429]);
    expect(replies[3]?.body).toMatchObject({ current: { limit: 'logins', of: 'address', per_minute: 3 } });
    await system.restart('api', { RATE_LOGINS: '3', TRUSTED_PROXIES: '127.0.0.0/8' });
    const behind = [];
    for (const address of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) behind.push((await attempt(address)).status);
    expect(behind).toEqual([401, 401, 401, 429, 401]);
    await system.restart('api');
  });
});

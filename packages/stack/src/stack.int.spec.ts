import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import { describeEmbedded } from '../test/fixtures/describe-embedded.js';
import { until } from '../test/fixtures/until.js';
import type { NatsFacts, Stack } from './index.mjs';
import { isAlive, prepareDatabase, startStack, withDatabase, withUser } from './index.mjs';

jest.setTimeout(60_000);

async function query<T extends object>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

function toNats({ url, user, password }: NatsFacts): Promise<NatsConnection> {
  return connect({ servers: url, user, pass: password, reconnect: false });
}

async function inNats<T>(facts: NatsFacts, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await toNats(facts);
  return work(connection).finally(() => connection.close());
}

async function toQdrant(stack: Stack, method: string, route: string, body?: object, key = stack.qdrant.apiKey): Promise<{ status: number; result: unknown }> {
  const headers = { 'api-key': key, 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(stack.qdrant.url + route, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, result: text.startsWith('{') ? JSON.parse(text).result : text };
}

function temporaryFolder(name: string, mode = 0o711): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `cairn-${name}-`));
  fs.chmodSync(folder, mode);
  return folder;
}

describeEmbedded('a running stack', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  it('is a real Postgres 18 that answers only after the commit is on disk', async () => {
    const [row] = await query<{ version: string; durable: string }>(
      stack.postgres.superUrl,
      "select version(), current_setting('synchronous_commit') || current_setting('fsync') as durable",
    );
    expect(row?.version).toMatch(/^PostgreSQL 18\./);
    expect(row?.durable).toBe('onon');
  });

  it('has four roles that are no superusers, cannot pass row-level security, and only one of which may create tables', async () => {
    const roles = await query<{ able: boolean }>(
      stack.postgres.superUrl,
      "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as able from pg_roles where rolname like 'cairn_%'",
    );
    expect(roles).toEqual(Array.from({ length: 4 }, () => ({ able: false })));
    await query(stack.postgres.ownerUrl, 'create table things (id int)');
    for (const url of [stack.postgres.appUrl, stack.postgres.workerUrl, stack.postgres.dispatchUrl]) {
      await expect(query(url, 'create table mine (id int)')).rejects.toThrow('permission denied');
      await expect(query(url, 'select * from things')).rejects.toThrow('permission denied');
    }
  });

  it("refuses one role's password for another", async () => {
    const { password } = new URL(stack.postgres.appUrl);
    await expect(query(withUser(stack.postgres.appUrl, 'cairn_owner', password), 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('has a NATS that lets in nobody without the password', async () => {
    await expect(connect({ servers: stack.nats.url, reconnect: false })).rejects.toThrow(/authorization/i);
    await inNats(stack.nats, async (connection) => expect(connection.info?.jetstream).toBe(true));
  });

  it('has a Qdrant that asks for its key, and takes shard keys', async () => {
    expect((await toQdrant(stack, 'GET', '/collections', undefined, 'wrong')).status).toBe(401);
    const vectors = { size: 4, distance: 'Cosine' };
    expect((await toQdrant(stack, 'PUT', '/collections/space', { vectors, sharding_method: 'custom', shard_number: 1 })).status).toBe(200);
    expect((await toQdrant(stack, 'PUT', '/collections/space/shards', { shard_key: 'main' })).status).toBe(200);
  });

  it('listens on 127.0.0.1 only', () => {
    const pids = [stack.postgres.pid, stack.nats.pid, stack.qdrant.pid].map((pid) => socketsOf(pid as number));
    const addresses = listeners().filter(({ inode }) => pids.some((inodes) => inodes.has(inode)));
    expect(addresses.length).toBeGreaterThanOrEqual(6);
    for (const { address } of addresses) expect(address).toBe('0100007F');
  });

  it('runs as a user that is not root', () => {
    for (const { pid } of [stack.postgres, stack.nats, stack.qdrant]) expect(fs.statSync(`/proc/${pid}`).uid).not.toBe(0);
  });

  it('keeps passwords and data from other users of the machine', () => {
    const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8);
    expect(mode(path.join(stack.home, 'secrets.json'))).toBe('600');
    expect([stack.postgres, stack.nats, stack.qdrant].map(({ folder }) => mode(folder))).toEqual(['700', '700', '700']);
  });

  it('refuses a second stack in the same home', async () => {
    await expect(startStack({ home: stack.home })).rejects.toThrow(`${stack.home} is in use by process ${process.pid}`);
    expect(await query(stack.postgres.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('Postgres comes back with what was committed, after SIGKILL and after an immediate stop', async () => {
    await query(stack.postgres.ownerUrl, 'create table kept (id int); insert into kept values (1)');
    await stack.kill('postgres');
    await stack.start('postgres');
    await query(stack.postgres.ownerUrl, 'insert into kept values (2)');
    await stack.stop('postgres', { immediate: true });
    await stack.start('postgres');
    expect(await query(stack.postgres.ownerUrl, 'select count(*)::int as n from kept')).toEqual([{ n: 2 }]);
  });

  it('Postgres starts over a stale postmaster.pid that names a living process', async () => {
    await stack.kill('postgres');
    fs.writeFileSync(path.join(stack.postgres.folder, 'postmaster.pid'), `${process.pid}\n${stack.postgres.folder}\n`);
    await stack.restart('postgres');
    expect(await query(stack.postgres.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('a wiped NATS comes back without its streams', async () => {
    const streams = () => inNats(stack.nats, async (connection) => (await (await jetstreamManager(connection)).getAccountInfo()).streams);
    await inNats(stack.nats, async (connection) => (await jetstreamManager(connection)).streams.add({ name: 'bells', subjects: ['bells.>'] }));
    expect(await streams()).toBe(1);
    await stack.restart('nats');
    expect(await streams()).toBe(1);
    await stack.wipe('nats');
    await stack.start('nats');
    expect(await streams()).toBe(0);
  });

  it('a killed Qdrant keeps its collections, a wiped one has none', async () => {
    await toQdrant(stack, 'PUT', '/collections/kept', { vectors: { size: 4, distance: 'Cosine' } });
    const names = async () =>
      ((await toQdrant(stack, 'GET', '/collections')).result as { collections: { name: string }[] }).collections.map(({ name }) => name);
    await stack.kill('qdrant');
    await stack.start('qdrant');
    expect(await names()).toContain('kept');
    await stack.wipe('qdrant');
    await stack.start('qdrant');
    expect(await names()).toEqual([]);
  });

  it('a paused server does not answer until it goes on', async () => {
    await stack.pause('qdrant');
    const answer = toQdrant(stack, 'GET', '/collections').then(({ status }) => status);
    const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 300));
    expect(await Promise.race([answer, silence])).toBe('silence');
    stack.resume('qdrant');
    expect(await answer).toBe(200);
  });

  describe('prepareDatabase', () => {
    it('can be repeated, and gives the same addresses', async () => {
      const first = await prepareDatabase(withDatabase(stack.postgres.superUrl, 'external'));
      expect(await prepareDatabase(withDatabase(stack.postgres.superUrl, 'external'))).toEqual(first);
      expect(first.database).toBe('external');
      expect(await query(first.ownerUrl, 'select current_user::text as who')).toEqual([{ who: 'cairn_owner' }]);
    });

    it('needs no superuser, only the right to create roles and databases', async () => {
      const fresh = await startStack({ servers: ['postgres'] });
      try {
        await query(fresh.postgres.superUrl, 'drop database cairn');
        await query(fresh.postgres.superUrl, 'drop role cairn_owner, cairn_app, cairn_worker, cairn_dispatch');
        await query(fresh.postgres.superUrl, "create role boss login createrole createdb password 'p@ss:w/rd%#?'");
        const urls = await prepareDatabase(withUser(fresh.postgres.superUrl, 'boss', 'p@ss:w/rd%#?'));
        expect(urls.database).toBe('cairn');
        await query(urls.ownerUrl, 'create table things (id int); grant usage on schema public to cairn_app; grant select on things to cairn_app');
        expect(await query(urls.appUrl, 'select * from things')).toEqual([]);
      } finally {
        await fresh.stop();
      }
    });

    it('says what an administrator has to do when the role may not', async () => {
      await query(stack.postgres.superUrl, "create role nobody_special login password 'x'");
      const refused = prepareDatabase(withDatabase(withUser(stack.postgres.superUrl, 'nobody_special', 'x'), 'elsewhere'));
      await expect(refused).rejects.toThrow(/may not create roles or databases.*DATABASE_OWNER_URL/);
    });

    it('says so when nothing listens there', async () => {
      await expect(prepareDatabase('postgres://a:secret@127.0.0.1:9/x')).rejects.toThrow(/^(?!.*secret).*could not be prepared: .*ECONNREFUSED/);
    });
  });
});

describeEmbedded('a stack with a home', () => {
  const homes: string[] = [];
  const newHome = () => {
    homes.push(temporaryFolder('home'));
    return homes.at(-1) as string;
  };
  afterAll(() => {
    for (const home of homes) fs.rmSync(home, { recursive: true, force: true });
  });

  it('keeps data and passwords from one start to the next, also on other ports', async () => {
    const home = newHome();
    const first = await startStack({ home });
    await query(first.postgres.ownerUrl, 'create table kept (id int)');
    await toQdrant(first, 'PUT', '/collections/kept', { vectors: { size: 4, distance: 'Cosine' }, sharding_method: 'custom' });
    await first.stop();
    const second = await startStack({ home });
    try {
      expect(second.qdrant.port).not.toBe(first.qdrant.port);
      expect(new URL(second.postgres.appUrl).password).toBe(new URL(first.postgres.appUrl).password);
      expect(await query(second.postgres.ownerUrl, 'select * from kept')).toEqual([]);
      expect((await toQdrant(second, 'PUT', '/collections/kept/shards', { shard_key: 'main' })).status).toBe(200);
    } finally {
      await second.stop();
    }
  });

  it('does not begin anew over data whose passwords are gone', async () => {
    const home = newHome();
    await (await startStack({ home, servers: ['postgres'] })).stop();
    fs.rmSync(path.join(home, 'secrets.json'));
    await expect(startStack({ home, servers: ['postgres'] })).rejects.toThrow(/passwords of the data in .* are gone .* delete/);
  });

  it('starts only the servers that were asked for', async () => {
    const stack = await startStack({ servers: ['nats'] });
    expect([stack.postgres, stack.qdrant]).toEqual([null, null]);
    await stack.stop();
    expect(fs.existsSync(stack.home)).toBe(false);
  });

  it('names a busy port and leaves nothing behind', async () => {
    const other = await startStack({ servers: ['nats'] });
    const home = newHome();
    await expect(startStack({ home, ports: { postgres: other.nats.port } })).rejects.toThrow(`Port ${other.nats.port} (postgres) on 127.0.0.1 is in use`);
    await other.stop();
    await (await startStack({ home, servers: ['nats'] })).stop();
  });

  it('a launcher killed with SIGKILL leaves no server, and the next start finds the data', async () => {
    const home = newHome();
    const { pids, launcher } = await launchIn(home);
    launcher.kill('SIGKILL');
    await until('the end of all servers', () => !pids.some(isAlive));
    const stack = await startStack({ home });
    expect(await query(stack.postgres.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stack.stop();
  });

  it('servers that outlived launcher and guard are stopped by the next start', async () => {
    const home = newHome();
    const { pids, launcher, guards } = await launchIn(home);
    for (const guard of guards) process.kill(guard, 'SIGKILL');
    launcher.kill('SIGKILL');
    expect(pids.every(isAlive)).toBe(true);
    const stack = await startStack({ home });
    expect(pids.some(isAlive)).toBe(false);
    await stack.stop();
  });

  async function launchIn(home: string) {
    const fixture = path.join(__dirname, '../test/fixtures/hold-stack.mjs');
    const launcher = spawn(process.execPath, [fixture, home], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    launcher.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const pids = await until('the stack', () => text.endsWith('\n') && (JSON.parse(text) as number[]));
    return { launcher, pids, guards: childrenOf(launcher.pid as number).filter((pid) => !pids.includes(pid)) };
  }
});

describeEmbedded('as root', () => {
  const unlessRoot = process.getuid?.() === 0 ? it : it.skip;

  unlessRoot('a home that the servers cannot reach gets its data and programs elsewhere', async () => {
    const shut = temporaryFolder('shut', 0o700);
    const before = process.umask(0o077);
    const lines: string[] = [];
    const stack = await startStack({ home: path.join(shut, '.cairn'), log: (line) => lines.push(line) });
    process.umask(before);
    expect(stack.dataFolder.startsWith(shut)).toBe(false);
    expect(lines[0]).toContain(stack.dataFolder);
    expect(await query(stack.postgres.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await stack.stop();
    fs.rmSync(path.dirname(stack.dataFolder), { recursive: true });
    fs.rmSync(shut, { recursive: true });
  });
});

function socketsOf(pid: number): Set<string> {
  const folder = `/proc/${pid}/fd`;
  return new Set(fs.readdirSync(folder).flatMap((name) => /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(path.join(folder, name)))?.[1] ?? []));
}

function listeners(): { address: string; inode: string }[] {
  const rows = ['tcp', 'tcp6'].flatMap((file) => fs.readFileSync(`/proc/net/${file}`, 'utf8').trim().split('\n').slice(1));
  const fields = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
  return fields.map(([, local = '', , , , , , , , inode = '']) => ({ address: local.split(':')[0] as string, inode }));
}

function childrenOf(pid: number): number[] {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { findPorts, isAlive, startStack, withDatabase } from '../src/index.mjs';
import { describeEmbedded } from './fixtures/describe-embedded.js';
import { makeFakeRoot } from './fixtures/fake-root.mjs';
import { until } from './fixtures/until.js';

jest.setTimeout(60_000);

interface RunFacts {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly qdrantApiKey?: string;
  readonly pids: Record<string, number | null>;
}

/** `npm start` for a root of fakes, as a process of its own. */
class Launch {
  readonly root: string;
  readonly basePort: number;
  output = '';
  private child: ChildProcess | null = null;

  static async create(): Promise<Launch> {
    return new Launch(makeFakeRoot(), await freeBasePort());
  }

  private constructor(root: string, basePort: number) {
    this.root = root;
    this.basePort = basePort;
  }

  get pid(): number {
    return this.child?.pid as number;
  }

  get facts(): RunFacts | null {
    const file = path.join(this.root, '.cairn/run.json');
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
  }

  get pids(): number[] {
    return Object.values(this.facts?.pids ?? {}).filter((pid) => pid !== null);
  }

  begin(env: Record<string, string> = {}): this {
    this.output = '';
    this.child = spawn(process.execPath, [path.join(__dirname, 'fixtures/launch.mjs'), this.root], {
      env: { PATH: process.env.PATH, PORT: String(this.basePort), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (text) => (this.output += text));
    return this;
  }

  async ready(): Promise<RunFacts> {
    return until(`run.json and life, after:\n${this.output}`, () => {
      if (this.child?.exitCode !== null) throw new Error(`it ended:\n${this.output}`);
      return this.facts?.pids.launcher === this.pid && this.output.includes('Cairn is ready') && this.facts;
    });
  }

  signal(name: NodeJS.Signals): this {
    this.child?.kill(name);
    return this;
  }

  async ended(): Promise<number | null> {
    return until(`the end, after:\n${this.output}`, () => this.child && this.child.exitCode !== null && [this.child.exitCode]).then(([code]) => code as number);
  }

  environmentOf(offset: number): Promise<Record<string, string>> {
    return fetch(`http://127.0.0.1:${this.basePort + offset}/environment`, { headers: { connection: 'close' } }).then(
      (response) => response.json() as Promise<Record<string, string>>,
    );
  }

  async remove(): Promise<void> {
    if (this.child?.exitCode === null && this.child.signalCode === null) {
      this.signal('SIGTERM');
      await this.ended();
    }
    await until('the end of all that works in its folder', () => processesIn(this.root).length === 0);
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

function processesIn(folder: string): string[] {
  const workingFolder = (pid: string) => fs.readlinkSync(`/proc/${pid}/cwd`, { encoding: 'utf8' });
  const isIn = (pid: string) => {
    try {
      return workingFolder(pid).startsWith(folder);
    } catch {
      return false; // it has ended
    }
  };
  return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isIn(name));
}

async function freeBasePort(): Promise<number> {
  for (;;) {
    const { any: base } = await findPorts({ any: undefined });
    const row = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`p${index}`, base + index]));
    if (await findPorts(row).catch(() => null)) return base;
  }
}

describeEmbedded('npm start', () => {
  let launch: Launch;
  beforeEach(async () => {
    launch = await Launch.create();
  });
  afterEach(() => launch.remove());

  it('describes the running system in a private run.json, and takes it away at the end', async () => {
    const facts = await launch.begin().ready();
    expect(Object.keys(facts)).toEqual(
      'baseUrl searchUrl dashboardUrl organisationId apiKey devJwtSecret databaseUrl natsUrl qdrantUrl qdrantApiKey sourceRoots crawlAllow pids'.split(' '),
    );
    expect(Object.keys(facts.pids).sort()).toEqual('api dispatcher launcher nats postgres qdrant search worker'.split(' '));
    expect((fs.statSync(path.join(launch.root, '.cairn/run.json')).mode & 0o777).toString(8)).toBe('600');
    for (const word of [facts.baseUrl, facts.apiKey, 'lanterns float', 'Try next']) expect(launch.output).toContain(word);
    expect(await launch.signal('SIGINT').ended()).toBe(0);
    expect(launch.facts).toBeNull();
  });

  it('gives each service its own database role only, and the owner to none', async () => {
    await launch.begin().ready();
    const roles = await Promise.all([0, 1, 2, 3].map(async (offset) => databaseUsers(await launch.environmentOf(offset))));
    expect(roles).toEqual([
      { DATABASE_URL: 'cairn_app' },
      { DATABASE_URL: 'cairn_app' },
      { DATABASE_DISPATCH_URL: 'cairn_dispatch' },
      { DATABASE_WORKER_URL: 'cairn_worker' },
    ]);
  });

  it('gives all services one folder for files, within its own', async () => {
    await launch.begin().ready();
    for (const offset of [0, 3]) expect((await launch.environmentOf(offset)).BLOB_DIR).toBe(path.join(launch.root, '.cairn/blobs'));
  });

  it('starts again what is killed, and writes the new pids down', async () => {
    const before = (await launch.begin().ready()).pids;
    const names = Object.keys(before).filter((name) => name !== 'launcher');
    for (const name of names) process.kill(before[name] as number, 'SIGKILL');
    await until('new pids of all', () => names.every((name) => launch.facts?.pids[name] !== before[name]));
    expect(launch.pids.every(isAlive)).toBe(true);
    expect(launch.facts?.pids.launcher).toBe(before.launcher);
  });

  it('stops within 10 s, and leaves nothing', async () => {
    await launch.begin().ready();
    const { pids } = launch;
    const begun = Date.now();
    expect(await launch.signal('SIGTERM').ended()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('leaves no server and no service when it is killed with SIGKILL', async () => {
    await launch.begin().ready();
    const { pids } = launch;
    launch.signal('SIGKILL');
    await until('the end of all', () => !pids.some(isAlive));
  });

  it('keeps key and passwords for the next start, also after SIGKILL', async () => {
    const first = await launch.begin().ready();
    launch.signal('SIGKILL');
    await until('the end of the launcher', () => !isAlive(launch.pid));
    const second = await launch.begin().ready();
    expect({ ...second, pids: null }).toEqual({ ...first, pids: null });
  });

  it('makes a new key when the database was made anew', async () => {
    const first = await launch.begin().ready();
    expect(await launch.signal('SIGTERM').ended()).toBe(0);
    fs.rmSync(path.join(launch.root, '.cairn/data'), { recursive: true });
    expect((await launch.begin().ready()).apiKey).not.toBe(first.apiKey);
  });

  it('says that it is running already, and changes nothing', async () => {
    await launch.begin().ready();
    const { pids } = launch;
    const second = spawnSecond(launch);
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`already running from ${launch.root}/.cairn (launcher: process ${launch.pid})`);
    expect(launch.pids).toEqual(pids);
    expect(pids.every(isAlive)).toBe(true);
  });

  it.each([
    ['a service', 2, 'dispatcher'],
    ['a server', 13, 'qdrant'],
  ])('names the busy port of %s and what to set', async (_, offset, name) => {
    const other = net.createServer();
    await new Promise<void>((resolve) => other.listen(launch.basePort + offset, '127.0.0.1', resolve));
    expect(await launch.begin().ended()).toBe(1);
    other.close();
    expect(launch.output).toMatch(new RegExp(`Port ${launch.basePort + offset} \\(${name}\\) on 127.0.0.1 is in use.*PORT=`));
  });

  it('shows the log of a service that refuses to start, and stops the rest', async () => {
    fs.writeFileSync(path.join(launch.root, 'refuse-to-start'), '');
    expect(await launch.begin().ended()).toBe(1);
    expect(launch.output).toMatch(/ended with exit code 78 while starting[\s\S]*DATABASE_URL is missing/);
    const { postgres } = await findPorts({ postgres: launch.basePort + 10 });
    expect(postgres).toBe(launch.basePort + 10);
  });

  it('can be stopped while it starts', async () => {
    launch.begin();
    await until('the first server', () => launch.output.includes('is ready on port'));
    expect(await launch.signal('SIGINT').ended()).toBe(0);
    await findPorts({ postgres: launch.basePort + 10, nats: launch.basePort + 11, qdrant: launch.basePort + 13 });
  });

  it('uses servers of somebody else and starts none itself', async () => {
    const stack = await startStack();
    const { password } = stack.nats;
    const env = { DATABASE_URL: withDatabase(stack.postgres.superUrl, 'theirs'), NATS_URL: stack.nats.url, QDRANT_URL: stack.qdrant.url, QDRANT_API_KEY: 'k' };
    try {
      const facts = await launch.begin(env).ready();
      expect(facts.pids).toMatchObject({ postgres: null, nats: null, qdrant: null });
      expect(facts.qdrantApiKey).toBe('k');
      const { DATABASE_URL, NATS_URL } = await launch.environmentOf(0);
      expect(NATS_URL).toContain(password);
      const client = new pg.Client({ connectionString: DATABASE_URL });
      await client.connect();
      expect((await client.query('select current_user::text as who, current_database() as here')).rows).toEqual([{ who: 'cairn_app', here: 'theirs' }]);
      await client.end();
    } finally {
      await launch.remove();
      await stack.stop();
    }
  });

  it('takes four given addresses as they are, and makes no roles', async () => {
    const { postgres, stop } = await databaseOfSomebody();
    const urls = {
      DATABASE_OWNER_URL: postgres.ownerUrl,
      DATABASE_URL: postgres.appUrl,
      DATABASE_WORKER_URL: postgres.workerUrl,
      DATABASE_DISPATCH_URL: postgres.dispatchUrl,
    };
    try {
      await launch.begin(urls).ready();
      expect((await launch.environmentOf(3)).DATABASE_WORKER_URL).toBe(postgres.workerUrl);
      expect((await launch.environmentOf(3)).DATABASE_OWNER_URL).toBeUndefined();
    } finally {
      await launch.remove();
      await stop();
    }
  });

  it.each([
    ['NATS_URL', 'nats://u:secret@127.0.0.1:9', 'NATS_URL: nothing answers at nats://***@127.0.0.1:9.'],
    ['QDRANT_URL', 'http://127.0.0.1:9', 'QDRANT_URL: http://127.0.0.1:9 is not ready (nothing answers).'],
    ['DATABASE_URL', 'postgres://u:secret@127.0.0.1:9/x', 'DATABASE_URL: The database server at postgres://u:***@127.0.0.1:9/postgres could not be prepared'],
  ])('says so when the given %s does not answer, without its password', async (name, url, message) => {
    expect(await launch.begin({ [name]: url }).ended()).toBe(1);
    expect(launch.output).toContain(message);
    expect(launch.output).not.toContain('secret');
  });
});

async function databaseOfSomebody() {
  const stack = await startStack({ servers: ['postgres'] });
  return { postgres: stack.postgres, stop: () => stack.stop() };
}

function spawnSecond(first: Launch): Launch {
  return Object.assign(Object.create(Launch.prototype) as Launch, { root: first.root, basePort: first.basePort }).begin();
}

function databaseUsers(env: Record<string, string>): Record<string, string> {
  const addresses = Object.entries(env).filter(([name]) => /^DATABASE_.*URL$/.test(name));
  return Object.fromEntries(addresses.map(([name, url]) => [name, new URL(url).username]));
}

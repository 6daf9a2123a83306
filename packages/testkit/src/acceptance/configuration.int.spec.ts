import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(60_000);

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const APPS = ['api', 'search', 'outbox-dispatcher', 'embedding-worker'];
const ADDRESSES = {
  DATABASE_URL: 'postgres://app:secret-of-the-database@127.0.0.1:1/x',
  DATABASE_WORKER_URL: 'postgres://worker:secret-of-the-database@127.0.0.1:1/x',
  DATABASE_DISPATCH_URL: 'postgres://dispatch:secret-of-the-database@127.0.0.1:1/x',
  NATS_URL: 'nats://127.0.0.1:1',
  QDRANT_URL: 'http://127.0.0.1:1',
  SEARCH_URL: 'http://127.0.0.1:1',
  PORT: '0',
};

interface Ending {
  code: number | null;
  stderr: string;
  stdout: string;
}

/** Starts a service with exactly these variables and waits until it has given up. */
async function run(app: string, env: Record<string, string>): Promise<Ending> {
  const child = spawn(process.execPath, [`${ROOT}apps/${app}/dist/main.js`], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (texts[name] += chunk));
  const guard = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(guard);
  return { code, ...texts };
}

describe('a wrong configuration', () => {
  const CASES: [env: string, app: string, provider: Record<string, string>][] = [
    ['production', 'api', {}],
    ['production', 'search', { AUTH_PROVIDER: 'dev' }],
    ['staging', 'api', { AUTH_PROVIDER: 'dev' }],
  ];
  for (const [env, app, provider] of CASES) {
    it(`T5: dev tokens are refused in ${env}: ${app} ends with 78 before anything else`, async () => {
      const { code, stderr } = await run(app, {
        ...ADDRESSES,
        ...provider,
        CAIRN_ENV: env,
        CURSOR_SECRET: 'a-secret-of-its-own',
        SOURCE_SECRET_KEY: 'ab'.repeat(32),
      });
      expect(code).toBe(78);
      expect(stderr).toContain(`AUTH_PROVIDER: dev tokens are refused when CAIRN_ENV is ${env}`);
    });
  }

  it('T5: the name that the seeds use for the environment means the same', async () => {
    const { code, stderr } = await run('api', { ...ADDRESSES, HEIMDEX_ENV: 'production' });
    expect(code).toBe(78);
    expect(stderr).toContain('AUTH_PROVIDER');
  });

  it('O6: every bad variable is named at once, with what is wrong, and no secret is shown', async () => {
    const { code, stderr, stdout } = await run('api', {
      ...ADDRESSES,
      CAIRN_ENV: 'production',
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      NATS_URL: 'http://user:hidden-password@host',
      QDRANT_URL: '',
      CAIRN_NAMESPACE: 'Bad Name',
      PROBE_TIMEOUT_MS: '1',
      DEV_JWT_SECRET: 'short',
      LEASE_MS: '1',
    });
    expect(code).toBe(78);
    for (const name of ['PORT', 'LOG_LEVEL', 'NATS_URL', 'QDRANT_URL', 'CAIRN_NAMESPACE', 'PROBE_TIMEOUT_MS', 'DEV_JWT_SECRET', 'LEASE_MS', 'CURSOR_SECRET'])
      expect(stderr).toMatch(new RegExp(`^  ${name}: `, 'm'));
    expect(stderr + stdout).not.toMatch(/hidden-password|secret-of-the-database/);
  });

  it('O6: a folder for files must be an absolute path, and one that can be written', async () => {
    const relative = await run('api', { ...ADDRESSES, BLOB_DIR: 'blobs' });
    expect([relative.code, relative.stderr]).toEqual([78, expect.stringContaining('BLOB_DIR: must be an absolute path, it is "blobs"')]);
    const nowhere = await run('api', { ...ADDRESSES, BLOB_DIR: '/proc/blobs' });
    expect([nowhere.code, nowhere.stdout]).toEqual([1, expect.stringContaining('BLOB_DIR (/proc/blobs) cannot be written (ENOENT). Make it a folder')]);
  });

  it('O6: each service says what it lacks, and lacks nothing that it does not use', async () => {
    const needs: Record<string, string[]> = {
      api: ['BLOB_DIR', 'DATABASE_URL', 'NATS_URL', 'QDRANT_URL', 'SEARCH_URL'],
      search: ['DATABASE_URL', 'NATS_URL', 'QDRANT_URL'],
      'outbox-dispatcher': ['DATABASE_DISPATCH_URL', 'NATS_URL', 'QDRANT_URL'],
      'embedding-worker': ['BLOB_DIR', 'DATABASE_WORKER_URL', 'NATS_URL', 'QDRANT_URL'],
    };
    for (const app of APPS) {
      const { code, stderr } = await run(app, {});
      const named = [...stderr.matchAll(/^ {2}(\w+): /gm)].map((match) => match[1]).sort();
      expect([app, code, named]).toEqual([app, 78, needs[app]?.toSorted()]);
    }
  });
});

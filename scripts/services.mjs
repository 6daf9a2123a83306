import fs from 'node:fs';
import path from 'node:path';
import { ManagedProcess, statusOf } from '../packages/stack/src/index.mjs';

/** The services of a local system: its name in run.json, its folder under apps/, its port from the base, its database role. */
export const SERVICES = Object.freeze([
  { name: 'api', app: 'api', offset: 0, database: 'DATABASE_URL' },
  { name: 'search', app: 'search', offset: 1, database: 'DATABASE_URL' },
  { name: 'dispatcher', app: 'outbox-dispatcher', offset: 2, database: 'DATABASE_DISPATCH_URL' },
  { name: 'worker', app: 'embedding-worker', offset: 3, database: 'DATABASE_WORKER_URL' },
]);

/** Every process that a launcher starts carries this variable with the launcher's home, so that leftovers can be found. */
export const LAUNCH_MARK = 'CAIRN_LAUNCHED_FROM';

const PRELOAD = 'packages/common/dist/telemetry/preload.js';
const DASHBOARD = 'apps/dashboard/dist';
const DATABASE_VARIABLES = ['DATABASE_URL', 'DATABASE_OWNER_URL', 'DATABASE_WORKER_URL', 'DATABASE_DISPATCH_URL'];

export function servicePorts(basePort) {
  return Object.fromEntries(SERVICES.map(({ name, offset }) => [name, basePort + offset]));
}

/** What every program of a local system is told; the addresses of the database are not among it. */
export function sharedEnvironment({ root, env, home, basePort, servers }) {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !DATABASE_VARIABLES.includes(name)));
  return {
    ...kept,
    CAIRN_ENV: env.CAIRN_ENV ?? env.HEIMDEX_ENV ?? 'local',
    CAIRN_HOME: home,
    [LAUNCH_MARK]: home,
    HOST: '127.0.0.1',
    BLOB_DIR: env.BLOB_DIR || path.join(home, 'blobs'),
    SOURCE_ROOTS: sourceRoots(env, home).join(','),
    SOURCE_WORK_DIR: env.SOURCE_WORK_DIR || path.join(home, 'source-work'),
    MODELS_DIR: env.MODELS_DIR || path.join(home, 'models'),
    DASHBOARD_DIR: env.DASHBOARD_DIR || path.join(root, DASHBOARD),
    SEARCH_URL: `http://127.0.0.1:${servicePorts(basePort).search}`,
    DEV_JWT_SECRET: devJwtSecret(env),
    ...servers.environment,
  };
}

/** Where sources may lie that are folders and files of this machine. */
export function sourceRoots(env, home) {
  return env.SOURCE_ROOTS ? env.SOURCE_ROOTS.split(',').map((root) => root.trim()) : [path.join(home, 'sources')];
}

/** What URL sources may connect to besides the open internet. */
export function crawlAllow(env) {
  return (env.CAIRN_CRAWL_ALLOW ?? '').split(',').flatMap((pair) => pair.trim() || []);
}

/** The secret that every example of the documentation signs with; it is accepted only where CAIRN_ENV is local. */
export function devJwtSecret(env) {
  return env.DEV_JWT_SECRET || 'local-dev-secret';
}

/** One service as a process that can be supervised. `shared` is the environment of all, `databaseUrls` has one address per variable. */
export function serviceProcess(service, { root, home, basePort, shared, databaseUrls, guard, verbose }) {
  const port = basePort + service.offset;
  const env = { ...shared, CAIRN_SERVICE: service.app, PORT: String(port), [service.database]: databaseUrls[service.database] };
  return new ManagedProcess({
    name: service.name,
    guard,
    logFile: path.join(home, 'logs', `${service.name}.log`),
    command: () => ({ file: process.execPath, args: programOf(root, service), env, cwd: root }),
    isReady: async () => (await statusOf(`http://127.0.0.1:${port}/healthz`)) === 200,
    stopSteps: [['SIGTERM', 4_500]],
    onOutput: verbose ? (text) => process.stdout.write(prefixed(service.name, text)) : undefined,
  });
}

function programOf(root, { app }) {
  const preload = path.join(root, PRELOAD);
  const main = path.join(root, 'apps', app, 'dist/main.js');
  return fs.existsSync(preload) ? ['--import', preload, main] : [main];
}

function prefixed(name, text) {
  return text.replace(/^(?=.)/gm, `${name.padEnd(10)} | `);
}

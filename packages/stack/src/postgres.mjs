import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { programOf } from './binaries.mjs';
import { CLEAN_ENV } from './clean-env.mjs';
import { own } from './identity.mjs';
import { stopLeftovers } from './leftovers.mjs';
import { ManagedProcess } from './managed-process.mjs';
import { canConnect } from './roles.mjs';
import { StackError } from './stack-error.mjs';

const MAJOR_VERSION = '18';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // TCP only: no socket path that could be too long or readable by others
  max_connections: '200',
  shared_buffers: '128MB',
  max_wal_size: '2GB',
  synchronous_commit: 'on',
  idle_in_transaction_session_timeout: '30s',
  timezone: 'UTC',
  jit: 'off',
  autovacuum_naptime: '15s', // what is known of a table that was just filled decides how it is read
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %u@%d ',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse', // without DETAIL lines, which repeat the values of rows
};

/** A real Postgres whose data lives in `<dataFolder>/postgres`. */
export function postgresServer({ dataFolder, logsFolder, identity, guard, port, password, settings = {} }) {
  const program = programOf('postgres', identity);
  const folder = path.join(dataFolder, 'postgres');
  const superUrl = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  const server = new ManagedProcess({
    name: 'postgres',
    logFile: path.join(logsFolder, 'postgres.log'),
    guard,
    beforeStart: () => prepareData({ program, folder, identity, password }),
    command: () => ({ file: program, args: ['-D', folder, ...flags({ ...SETTINGS, port: String(port), ...settings })], env: CLEAN_ENV, cwd: folder, identity }),
    isReady: () => canConnect(superUrl),
    // INT: end the sessions and write a checkpoint. QUIT: stop at once, recover at the next start.
    stopSteps: [
      ['SIGINT', 3_000],
      ['SIGQUIT', 1_500],
    ],
  });
  return { server, folder, superUrl };
}

function flags(settings) {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function prepareData({ program, folder, identity, password }) {
  await stopLeftovers(folder, program);
  if (!fs.existsSync(folder)) await initialise({ program, folder, identity, password });
  requireVersion(folder);
  // Nothing runs here any more, so the file is stale; Postgres would refuse to start if its pid now is somebody else's.
  fs.rmSync(path.join(folder, 'postmaster.pid'), { force: true });
}

// In a folder beside it that is then renamed: an interrupted first start leaves no half-made database.
async function initialise({ program, folder, identity, password }) {
  const unfinished = `${folder}.new`;
  const passwordFile = `${folder}.password`;
  fs.rmSync(unfinished, { recursive: true, force: true });
  fs.mkdirSync(unfinished, { mode: 0o700 });
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  try {
    for (const target of [unfinished, passwordFile]) own(identity, target);
    await runInitdb({ program, folder: unfinished, passwordFile, identity });
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
  fs.renameSync(unfinished, folder);
}

async function runInitdb({ program, folder, passwordFile, identity }) {
  const places = ['-D', folder, '--pwfile', passwordFile, '--username', 'postgres'];
  const locale = ['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const rest = ['--auth-host=scram-sha-256', '--auth-local=scram-sha-256', '--no-sync', '--no-instructions'];
  const initdb = path.join(path.dirname(program), 'initdb');
  try {
    await promisify(execFile)(initdb, [...places, ...locale, ...rest], { ...identity, env: CLEAN_ENV, cwd: folder });
  } catch (error) {
    throw new StackError(`A new database could not be made in ${folder}: ${error.stderr?.trim() || error.message}`, { cause: error });
  }
}

function requireVersion(folder) {
  const version = fs.readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR_VERSION) return;
  throw new StackError(
    `The data in ${folder} belongs to Postgres ${version}, and this is Postgres ${MAJOR_VERSION}. Set CAIRN_HOME to another folder to begin anew.`,
  );
}

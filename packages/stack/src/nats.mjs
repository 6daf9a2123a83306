import fs from 'node:fs';
import path from 'node:path';
import { programOf } from './binaries.mjs';
import { CLEAN_ENV } from './clean-env.mjs';
import { statusOf } from './http-probe.mjs';
import { own } from './identity.mjs';
import { stopLeftovers } from './leftovers.mjs';
import { ManagedProcess } from './managed-process.mjs';

const USER = 'cairn';

/** A real NATS with JetStream whose store lives in `<dataFolder>/nats/store`. */
export function natsServer({ dataFolder, logsFolder, identity, guard, ports, password }) {
  const program = programOf('nats', identity);
  const folder = path.join(dataFolder, 'nats');
  const configFile = path.join(folder, 'nats.conf');
  const server = new ManagedProcess({
    name: 'nats',
    logFile: path.join(logsFolder, 'nats.log'),
    guard,
    beforeStart: () => prepareData({ program, folder, configFile, identity, config: configOf({ folder, ports, password }) }),
    command: () => ({ file: program, args: ['--config', configFile], env: CLEAN_ENV, cwd: folder, identity }),
    isReady: async () => (await statusOf(`http://127.0.0.1:${ports.natsMonitor}/healthz?js-enabled-only=true`)) === 200,
    stopSteps: [['SIGTERM', 2_000]],
  });
  const url = `nats://${USER}:${password}@127.0.0.1:${ports.nats}`;
  // The JavaScript client does not read user and password from the address: pass both beside it.
  return { server, folder, url, user: USER, password, monitorUrl: `http://127.0.0.1:${ports.natsMonitor}` };
}

// sync_interval: a lost bell is rung again from Postgres, so a second of bells may be lost with the machine's power.
function configOf({ folder, ports, password }) {
  return [
    'server_name: cairn',
    `listen: "127.0.0.1:${ports.nats}"`,
    `http: "127.0.0.1:${ports.natsMonitor}"`,
    `jetstream { store_dir: ${JSON.stringify(path.join(folder, 'store'))}, sync_interval: "1s" }`,
    `authorization { user: ${JSON.stringify(USER)}, password: ${JSON.stringify(password)} }`,
    '',
  ].join('\n');
}

async function prepareData({ program, folder, configFile, identity, config }) {
  await stopLeftovers(folder, program);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.writeFileSync(configFile, config, { mode: 0o600 });
  for (const target of [folder, configFile]) own(identity, target);
}

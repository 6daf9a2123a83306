import fs from 'node:fs';
import path from 'node:path';
import { programOf } from './binaries.mjs';
import { CLEAN_ENV } from './clean-env.mjs';
import { statusOf } from './http-probe.mjs';
import { own } from './identity.mjs';
import { stopLeftovers } from './leftovers.mjs';
import { ManagedProcess } from './managed-process.mjs';

/**
 * A real Qdrant whose data lives in `<dataFolder>/qdrant`. It runs as a cluster of one, because shard keys exist only
 * in a cluster and the number of shards cannot be changed later.
 */
export function qdrantServer({ dataFolder, logsFolder, identity, guard, ports, apiKey }) {
  const program = programOf('qdrant', identity);
  const folder = path.join(dataFolder, 'qdrant');
  const url = `http://127.0.0.1:${ports.qdrant}`;
  const server = new ManagedProcess({
    name: 'qdrant',
    logFile: path.join(logsFolder, 'qdrant.log'),
    guard,
    beforeStart: () => prepareData({ program, folder, identity }),
    command: () => ({
      file: program,
      args: argumentsOf(folder, ports),
      env: { ...CLEAN_ENV, ...settingsOf({ folder, ports, apiKey }) },
      cwd: folder,
      identity,
    }),
    isReady: async () => (await statusOf(`${url}/readyz`)) === 200,
    // It waits for idle kept-alive connections; what was written with wait=true survives SIGKILL.
    stopSteps: [['SIGTERM', 1_500]],
    startTimeoutMs: 180_000,
  });
  return { server, folder, url, apiKey, grpcPort: ports.qdrantGrpc };
}

function argumentsOf(folder, ports) {
  const uri = `http://127.0.0.1:${ports.qdrantP2p}`;
  const moved = hasMoved(path.join(folder, 'storage/raft_state.json'), uri) ? ['--reinit'] : [];
  return ['--uri', uri, '--disable-telemetry', '--config-path', path.join(folder, 'config.yaml'), ...moved];
}

// Under another address it would ask its peers about the move and, having none, give up. `--reinit` keeps peer id and
// data and writes the new address down.
function hasMoved(stateFile, uri) {
  if (!fs.existsSync(stateFile)) return false;
  const addresses = Object.values(JSON.parse(fs.readFileSync(stateFile, 'utf8')).peer_address_by_id ?? {});
  return addresses.length === 1 && new URL(addresses[0]).origin !== uri;
}

function settingsOf({ folder, ports, apiKey }) {
  return {
    QDRANT__LOG_LEVEL: 'WARN',
    QDRANT__TELEMETRY_DISABLED: 'true',
    QDRANT__SERVICE__HOST: '127.0.0.1',
    QDRANT__SERVICE__HTTP_PORT: String(ports.qdrant),
    QDRANT__SERVICE__GRPC_PORT: String(ports.qdrantGrpc),
    QDRANT__SERVICE__API_KEY: apiKey,
    QDRANT__SERVICE__ENABLE_CORS: 'false',
    QDRANT__SERVICE__ENABLE_STATIC_CONTENT: 'false',
    QDRANT__SERVICE__ENABLE_SNAPSHOT_URL_RECOVERY: 'false', // read from 1.19 on; older versions ignore it
    QDRANT__STORAGE__STORAGE_PATH: path.join(folder, 'storage'),
    QDRANT__STORAGE__SNAPSHOTS_PATH: path.join(folder, 'snapshots'),
    QDRANT__STORAGE__TEMP_PATH: path.join(folder, 'temp'),
    QDRANT__CLUSTER__ENABLED: 'true',
    QDRANT__CLUSTER__P2P__PORT: String(ports.qdrantP2p),
  };
}

async function prepareData({ program, folder, identity }) {
  await stopLeftovers(folder, program);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = path.join(folder, 'config.yaml');
  fs.writeFileSync(configFile, '# All settings come from the environment.\n{}\n', { mode: 0o600 });
  for (const target of [folder, configFile]) own(identity, target);
}

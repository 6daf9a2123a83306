import net from 'node:net';
import { prepareDatabase, startStack, statusOf } from '../packages/stack/src/index.mjs';
import { say, UserError } from './progress.mjs';

const VARIABLES = { postgres: 'DATABASE_URL', nats: 'NATS_URL', qdrant: 'QDRANT_URL' };
const DATABASE = { DATABASE_OWNER_URL: 'ownerUrl', DATABASE_URL: 'appUrl', DATABASE_WORKER_URL: 'workerUrl', DATABASE_DISPATCH_URL: 'dispatchUrl' };

/** The ports of the servers that Cairn brings along. */
export function serverPorts(basePort) {
  const names = ['postgres', 'nats', 'natsMonitor', 'qdrant', 'qdrantGrpc', 'qdrantP2p'];
  return Object.fromEntries(names.map((name, index) => [name, basePort + 10 + index]));
}

/** Those that no address in the environment names. */
export function embeddedServers(env) {
  return Object.keys(VARIABLES).filter((name) => !env[VARIABLES[name]]);
}

/**
 * Asks the given servers whether they are there, and starts the others. Resolves with
 * `{ stack, databaseUrls, environment }`: an address per role, and what services must be told about NATS and Qdrant.
 */
export async function openServers({ env, home, basePort, guard }) {
  const names = embeddedServers(env);
  const external = await askExternal(env);
  const stack = await startEmbedded({ names, home, basePort, guard });
  return {
    stack,
    databaseUrls: stack?.postgres ? databaseUrlsOf(stack.postgres) : external.databaseUrls,
    environment: { ...natsEnvironment(env, stack), ...qdrantEnvironment(env, stack) },
  };
}

async function startEmbedded({ names, home, basePort, guard }) {
  if (names.length === 0) return null;
  return startStack({ home, ports: serverPorts(basePort), servers: names, guard, log: say });
}

function databaseUrlsOf(urls) {
  return Object.fromEntries(Object.entries(DATABASE).map(([variable, name]) => [variable, urls[name]]));
}

function natsEnvironment(env, stack) {
  return { NATS_URL: stack?.nats?.url ?? env.NATS_URL };
}

function qdrantEnvironment(env, stack) {
  if (!stack?.qdrant) return { QDRANT_URL: env.QDRANT_URL };
  const { url, apiKey, grpcPort } = stack.qdrant;
  return { QDRANT_URL: url, QDRANT_API_KEY: apiKey, QDRANT_GRPC_URL: `http://127.0.0.1:${grpcPort}` };
}

async function askExternal(env) {
  const [databaseUrls] = await Promise.all([externalDatabase(env), env.NATS_URL && askNats(env.NATS_URL), env.QDRANT_URL && askQdrant(env.QDRANT_URL)]);
  return { databaseUrls };
}

// With all four addresses nothing is created. With one it must be an administrator's, and the roles are made by it.
async function externalDatabase(env) {
  if (!env.DATABASE_URL) return null;
  if (Object.keys(DATABASE).every((variable) => env[variable])) return Object.fromEntries(Object.keys(DATABASE).map((variable) => [variable, env[variable]]));
  const urls = await prepareDatabase(env.DATABASE_URL).catch((error) => {
    throw new UserError(`DATABASE_URL: ${error.message}`);
  });
  say(`the database ${urls.database} and its roles are there`);
  return databaseUrlsOf(urls);
}

async function askNats(list) {
  for (const text of list.split(',')) {
    const { hostname, port } = new URL(text.trim());
    if (await answers(hostname, Number(port || 4222))) return;
  }
  throw new UserError(`NATS_URL: nothing answers at ${list.replace(/\/\/[^@/]*@/g, '//***@')}.`);
}

function answers(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 3_000 });
    const finish = (result) => {
      socket.destroy();
      resolve(result);
    };
    socket
      .once('connect', () => finish(true))
      .once('error', () => finish(false))
      .once('timeout', () => finish(false));
  });
}

async function askQdrant(url) {
  if (url.startsWith('https:')) return; // the services check it
  const status = await statusOf(new URL('/readyz', url), 3_000);
  if (status !== 200) throw new UserError(`QDRANT_URL: ${url} is not ready (${status === null ? 'nothing answers' : `it answers ${status}`}).`);
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareDatabase, startStack } from '../packages/stack/src/index.mjs';
import { say } from './progress.mjs';
import { embeddedServers } from './servers.mjs';

/**
 * Servers for one run of the tests, and a private folder for it: embedded ones that go at the end, or those that the
 * environment names. `facts` is what the file of STACK_JSON holds.
 */
export async function openTestServers(env) {
  const stack = await startStack({ servers: embeddedServers(env), log: say });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
  const stop = async () => {
    await stack.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { folder, stop, facts: { ...present(stack.describe()), ...(await external(env)) } };
  } catch (error) {
    await stop();
    throw error;
  }
}

function present(facts) {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
}

async function external({ DATABASE_URL, NATS_URL, QDRANT_URL, QDRANT_API_KEY }) {
  return {
    ...(DATABASE_URL && { postgres: { superUrl: DATABASE_URL, ...(await prepareDatabase(DATABASE_URL)) } }),
    ...(NATS_URL && { nats: natsFacts(NATS_URL) }),
    ...(QDRANT_URL && { qdrant: { url: QDRANT_URL, apiKey: QDRANT_API_KEY } }),
  };
}

function natsFacts(url) {
  const { username, password } = new URL(url);
  return { url, user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

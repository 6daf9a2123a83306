import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareDatabase, startStack } from '../packages/stack/src/index.mjs';
import { say } from './progress.mjs';
import { embeddedServers } from './servers.mjs';

// Most suites wait for services, clocks and disks: more of them than this at once only wait for the processor.
const MOST_LANES = 4;

/**
 * Servers for one run of the tests, and a private folder for it: embedded ones that go at the end, or those that the
 * environment names. As many suites run at once as there are `lanes`, each with servers that no other suite stops under
 * it: the path of a file with their addresses for each lane.
 */
export async function openTestServers(env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-test-'));
  const stacks = [];
  const stop = async () => {
    await Promise.all(stacks.map((stack) => stack.stop()));
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    const lanes = [];
    for (let lane = 1; lane <= Math.min(MOST_LANES, os.availableParallelism()); lane++) {
      const stack = await startStack({ servers: embeddedServers(env), log: say });
      stacks.push(stack);
      lanes.push(write(path.join(folder, `stack-${lane}.json`), { ...present(stack.describe()), ...(await external(env)) }));
    }
    return { folder, lanes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function write(file, facts) {
  fs.writeFileSync(file, JSON.stringify(facts, null, 2), { mode: 0o600 });
  return file;
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

import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, UserError } from '../progress.mjs';
import { readRunFile, runFileOf } from '../run-file.mjs';
import { loadEnvFile, localSettings, requireKnown } from '../settings.mjs';

const PATIENCE_MS = 20_000;

/** `npm stop`: ends the system of this home and returns when all its processes are gone. */
export async function run({ root, args }) {
  requireKnown(args, []);
  loadEnvFile(root);
  const { home } = localSettings({ root });
  const stack = await loadStack();
  const launcher = stack?.lockHolder(home, 'launcher');
  if (!launcher) return say(`Cairn is not running from ${home}`);
  await stop({ home, launcher, isAlive: stack.isAlive });
  say('Cairn has stopped');
}

// Without installed libraries nothing can be running.
async function loadStack() {
  return import('../../packages/stack/src/index.mjs').catch(() => null);
}

async function stop({ home, launcher, isAlive }) {
  const pids = Object.values(readRunFile(home)?.pids ?? {}).filter((pid) => pid);
  say(`stopping Cairn (launcher: process ${launcher})`);
  signalLauncher(launcher, 'SIGTERM');
  if (await areGone([launcher], isAlive)) return;
  say('the launcher does not stop; killing it');
  signalLauncher(launcher, 'SIGKILL'); // its guard stops the rest
  if (!(await areGone([launcher, ...pids], isAlive))) throw new UserError(`Processes are still alive: ${pids.filter(isAlive).join(', ')}.`);
  fs.rmSync(runFileOf(home), { force: true });
}

async function areGone(pids, isAlive) {
  const deadline = Date.now() + PATIENCE_MS;
  while (pids.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

function signalLauncher(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code === 'EPERM') throw new UserError(`Process ${pid} belongs to another user; stop Cairn as that user.`);
  }
}

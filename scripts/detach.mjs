import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// Not the index of that package: nothing is installed yet.
import { makeOpenFolder } from '../packages/stack/src/places.mjs';
import { UserError } from './progress.mjs';

/** Starts the launcher in a session of its own, shows what it says, and returns when all is ready or it gave up. */
export async function detach({ root, home }, args) {
  const log = openLog(home);
  const child = spawnLauncher(root, args, log.descriptor);
  const ending = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const ready = new Promise((resolve) => child.once('message', () => resolve('ready')));
  const result = await follow(log, Promise.race([ready, ending]));
  if (result !== 'ready') throw new UserError(`Cairn did not start (${result}). The whole story: ${log.file}`);
  child.disconnect();
  child.unref();
  return 0;
}

async function follow(log, ending) {
  let result;
  while (result === undefined) {
    result = await Promise.race([ending, sleep(100)]);
    log.show();
  }
  return result;
}

function spawnLauncher(root, args, descriptor) {
  const rest = args.filter((arg) => arg !== '--detach');
  const child = spawn(process.execPath, [path.join(root, 'scripts/run.mjs'), 'start', ...rest], {
    cwd: root,
    env: { ...process.env, CAIRN_DETACHED: '1' },
    stdio: ['ignore', descriptor, descriptor, 'ipc'],
    detached: true,
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal)); // impatient: it stops what it began
  return child;
}

function openLog(home) {
  const file = path.join(home, 'logs/launcher.log');
  for (const folder of [home, path.dirname(file)]) makeOpenFolder(folder);
  const descriptor = fs.openSync(file, 'a', 0o600);
  let shown = fs.fstatSync(descriptor).size;
  const show = () => {
    const text = readFrom(file, shown);
    shown += text.length;
    process.stdout.write(text);
  };
  return { file, descriptor, show };
}

function readFrom(file, position) {
  const reader = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, fs.fstatSync(reader).size - position));
    return buffer.subarray(0, fs.readSync(reader, buffer, 0, buffer.length, position));
  } finally {
    fs.closeSync(reader);
  }
}

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './stack-error.mjs';

/**
 * Stops the processes of an earlier run that execute this program in this folder (every server's working folder is its
 * data folder). They exist when launcher and guard were killed together, and for a moment after a database was killed:
 * its children hold the shared memory until they notice.
 */
export async function stopLeftovers(folder, program, patienceMs = 5_000) {
  if (!fs.existsSync(folder)) return;
  const place = fs.realpathSync(folder);
  await stopAll(() => leftoversOf(place, program), `still use ${folder}`, patienceMs);
}

/** Stops the processes that carry `name=value` in the environment they were started with. */
export async function stopMarked(name, value, patienceMs = 5_000) {
  await stopAll(() => processIds().filter((pid) => hasVariable(pid, `${name}=${value}`)), `of an earlier start still run (${name}=${value})`, patienceMs);
}

async function stopAll(find, what, patienceMs) {
  const deadline = Date.now() + patienceMs;
  for (let pids = find(); pids.length > 0; pids = find()) {
    for (const pid of pids) send(pid, Date.now() < deadline ? 'SIGTERM' : 'SIGKILL');
    await sleep(50);
    if (Date.now() > deadline + patienceMs) throw new StackError(`Processes ${pids.join(', ')} ${what} and cannot be stopped. Stop them first.`);
  }
}

function hasVariable(pid, variable) {
  try {
    return pid !== process.pid && fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
  } catch {
    return false; // it ended, or belongs to somebody else
  }
}

function leftoversOf(place, program) {
  return processIds().filter((pid) => linkOf(pid, 'cwd') === place && isProgram(pid, program));
}

// By name: the path may have changed since, or the file may have been replaced by an update.
function isProgram(pid, program) {
  return path.basename(linkOf(pid, 'exe') ?? '').replace(' (deleted)', '') === path.basename(program);
}

function processIds() {
  if (!fs.existsSync('/proc/self')) return [];
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function linkOf(pid, name) {
  try {
    return fs.readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return null; // it ended, or belongs to somebody else
  }
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself
  }
}

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { can } from './identity.mjs';
import { StackError } from './stack-error.mjs';

/** Creates a folder, if it is missing, that others may pass through but not list, whatever the umask says. */
export function makeOpenFolder(folder) {
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o711);
  return folder;
}

/**
 * The folder for the servers' data: `<home>/data`, or, when the servers' user cannot reach it (a home of mode 700),
 * a folder named after the home in a place that this user can reach.
 */
export function dataFolderOf(home, identity) {
  const inside = makeOpenFolder(path.join(makeOpenFolder(home), 'data'));
  if (can(identity, 'test -x "$1"', inside)) return inside;
  return makeOpenFolder(path.join(reachableFolder(identity, home), 'data'));
}

/** A fresh folder that the servers' user can pass through, for a stack that leaves nothing behind. */
export function temporaryHome(identity) {
  for (const base of [os.tmpdir(), '/var/tmp', '/tmp']) {
    const folder = fs.mkdtempSync(path.join(base, 'cairn-stack-'));
    fs.chmodSync(folder, 0o711);
    if (can(identity, 'test -x "$1"', folder)) return folder;
    fs.rmSync(folder, { recursive: true });
  }
  throw new StackError(`No temporary folder that the servers' user can reach; looked in ${os.tmpdir()}, /var/tmp and /tmp.`);
}

/** A folder of ours, named after `what`, that the servers' user can reach. Only needed when we are root. */
export function reachableFolder(identity, what) {
  const name = `cairn-${createHash('sha256').update(what).digest('hex').slice(0, 16)}`;
  for (const base of ['/var/lib', '/var/tmp', os.tmpdir()]) {
    const folder = path.join(base, name);
    if (isOurs(folder) && can(identity, 'test -x "$1"', folder)) return folder;
  }
  throw new StackError(
    `The servers' user cannot reach ${what}, nor a folder in /var/lib, /var/tmp or ${os.tmpdir()}. Set CAIRN_HOME to a folder that it can reach.`,
  );
}

// The name can be guessed, and /var/tmp is open to everybody: a folder that somebody else made is refused.
function isOurs(folder) {
  try {
    makeOpenFolder(folder);
    const { uid, mode } = fs.lstatSync(folder);
    return fs.lstatSync(folder).isDirectory() && uid === process.getuid() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

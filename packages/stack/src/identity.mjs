import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { CLEAN_ENV } from './clean-env.mjs';
import { StackError } from './stack-error.mjs';

/**
 * Whom the servers run as. Postgres refuses to run as root, so root drops to `nobody`; anyone else stays who they are.
 * Returns `{ uid, gid }` for `spawn`, or `{}` to keep the caller's identity.
 */
export function serverIdentity() {
  if (process.getuid?.() !== 0) return requirePasswdEntry();
  const nobody = findUser('nobody');
  if (!nobody) throw new StackError('Started as root, and there is no user "nobody" to run Postgres as. Start as another user, or set DATABASE_URL.');
  if (!can(nobody, 'true'))
    throw new StackError('Started as root, but this root may not become "nobody" (no CAP_SETUID). Start as another user, or set DATABASE_URL.');
  return nobody;
}

function requirePasswdEntry() {
  try {
    os.userInfo();
    return {};
  } catch {
    throw new StackError(`User id ${process.getuid?.()} has no entry in /etc/passwd, which Postgres needs. Add one, or set DATABASE_URL.`);
  }
}

function findUser(name) {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return null;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Asks a child that runs under `identity` whether a shell test holds for it: permissions are probed, never computed. */
export function can(identity, test, ...args) {
  return spawnSync('/bin/sh', ['-c', test, 'sh', ...args], { ...identity, cwd: '/', env: CLEAN_ENV, stdio: 'ignore' }).status === 0;
}

/** Gives a file or folder to the identity of the servers. */
export function own(identity, target) {
  if (identity.uid !== undefined) fs.chownSync(target, identity.uid, identity.gid);
}

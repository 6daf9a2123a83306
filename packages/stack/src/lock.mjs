import fs from 'node:fs';
import path from 'node:path';
import { StackError } from './stack-error.mjs';

/** Somebody else who is alive holds the lock. */
export class LockedError extends StackError {
  constructor(folder, name, pid) {
    super(`${folder} is in use by process ${pid} (${name}).`);
    this.pid = pid;
  }
}

/** Takes `<folder>/<name>.lock` for this process; a lock of a dead process is taken over. */
export function lockFolder(folder, name) {
  const file = path.join(folder, `${name}.lock`);
  const mine = JSON.stringify({ pid: process.pid, born: birthOf(process.pid) });
  for (;;) {
    if (tryWrite(file, mine)) return { file, release: () => fs.rmSync(file, { force: true }) };
    const holder = lockHolder(folder, name);
    if (holder) throw new LockedError(folder, name, holder);
    fs.rmSync(file, { force: true });
  }
}

/** The pid of the living process that holds a lock, or null. */
export function lockHolder(folder, name) {
  const holder = readLock(path.join(folder, `${name}.lock`));
  return holder && isSame(holder) ? holder.pid : null;
}

function tryWrite(file, text) {
  try {
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function readLock(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

// Pids are used again, soon so in containers: a process is the same only when it also was born at the same tick.
function isSame({ pid, born }) {
  if (!Number.isInteger(pid) || !isAlive(pid)) return false;
  return born === null || birthOf(pid) === born;
}

/** False for a zombie too: it has ended, and only its parent has not looked yet. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return stateFields(pid)?.[0] !== 'Z';
}

function birthOf(pid) {
  return stateFields(pid)?.[19] ?? null;
}

// The fields of /proc/<pid>/stat after the program's name, which may contain spaces and brackets.
function stateFields(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

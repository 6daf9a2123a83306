import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isAlive, LockedError, lockFolder, lockHolder } from './index.mjs';

describe('lock', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-lock-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('a second holder is refused with the pid of the first', () => {
    lockFolder(folder, 'launcher');
    expect(() => lockFolder(folder, 'launcher')).toThrow(LockedError);
    expect(lockHolder(folder, 'launcher')).toBe(process.pid);
  });

  it('a released lock can be taken again', () => {
    lockFolder(folder, 'launcher').release();
    expect(lockHolder(folder, 'launcher')).toBeNull();
    lockFolder(folder, 'launcher');
  });

  it('the lock of a dead process is taken over', () => {
    const { pid } = spawnSync('true');
    fs.writeFileSync(path.join(folder, 'launcher.lock'), JSON.stringify({ pid, born: '1' }));
    lockFolder(folder, 'launcher');
    expect(lockHolder(folder, 'launcher')).toBe(process.pid);
  });

  it('a process that only got the pid of a dead one does not hold its lock', () => {
    fs.writeFileSync(path.join(folder, 'launcher.lock'), JSON.stringify({ pid: process.pid, born: '1' }));
    expect(lockHolder(folder, 'launcher')).toBeNull();
  });

  it('a process that has ended is not alive', () => {
    expect(isAlive(process.pid)).toBe(true);
    expect(isAlive(spawnSync('true').pid)).toBe(false);
  });
});

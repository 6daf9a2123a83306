import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '../test/fixtures/until.js';
import { Guard, isAlive } from './index.mjs';

const FIXTURE = path.join(__dirname, '../test/fixtures/guarded.mjs');

async function guarded(...args: string[]): Promise<{ launcher: ChildProcess; pids: number[] }> {
  const launcher = spawn(process.execPath, [FIXTURE, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(launcher.stdout as NodeJS.ReadableStream, 'data');
  return { launcher, pids: JSON.parse(String(text)) };
}

function childrenOf(pid: number): number[] {
  return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

// State S of /proc: the launcher has done all it had to do.
function isWaiting(pid: number): boolean {
  return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') S ');
}

describe('guard', () => {
  it('what a launcher watched ends when the launcher is killed, however stubborn it is', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn guarded '));
    const { launcher, pids } = await guarded(folder);
    launcher.kill('SIGKILL');
    await until('the end of both', () => !pids.some(isAlive), 10_000);
    await until('the folder to go', () => !fs.existsSync(folder));
  }, 20_000);

  it('a closed guard ends what it still watched, and leaves alone what was forgotten', async () => {
    const guard = new Guard();
    const [watched, forgotten] = [1, 2].map(() => spawn('sleep', ['600'], { stdio: 'ignore' }).pid as number) as [number, number];
    for (const pid of [watched, forgotten]) await guard.watch(pid, 'SIGTERM');
    await guard.forget(forgotten);
    await guard.close();
    await until('the end of the watched', () => !isAlive(watched));
    expect(isAlive(forgotten)).toBe(true);
    process.kill(forgotten, 'SIGKILL');
  });

  it('a guard that is killed has a successor that knows as much', async () => {
    const { launcher, pids } = await guarded();
    const [guard] = childrenOf(launcher.pid as number).filter((pid) => !pids.includes(pid));
    process.kill(guard as number, 'SIGKILL');
    const hasAnother = () => childrenOf(launcher.pid as number).some((pid) => pid !== guard && !pids.includes(pid));
    await until('another guard that has been told', () => hasAnother() && isWaiting(launcher.pid as number));
    launcher.kill('SIGKILL');
    await until('the end of both', () => !pids.some(isAlive), 10_000);
  }, 20_000);
});

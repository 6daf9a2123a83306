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

describe('guard', () => {
  it('what a launcher watched ends when the launcher is killed, however stubborn it is', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn guarded '));
    const { launcher, pids } = await guarded(folder);
    launcher.kill('SIGKILL');
    await until('the end of both', () => !pids.some(isAlive), 10_000);
    await until('the folder to go', () => !fs.existsSync(folder));
  }, 20_000);

  it('what was forgotten lives on, and a closed guard harms nobody', async () => {
    const guard = new Guard();
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    await guard.watch(child.pid as number, 'SIGTERM');
    await guard.close();
    const other = new Guard();
    await other.watch(child.pid as number, 'SIGTERM');
    await other.forget(child.pid as number);
    await other.close();
    expect(isAlive(child.pid as number)).toBe(true);
    child.kill('SIGKILL');
  });
});

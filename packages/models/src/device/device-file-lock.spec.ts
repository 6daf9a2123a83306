import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DeviceFileLock } from '../../dist/index.js';

const root = mkdtempSync(join(tmpdir(), 'cairn-device-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(root, 'locks-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Told {
  event: 'ready' | 'acquire' | 'release';
  fence: string;
  from?: string;
  to?: string;
}

/** Another process, ready to take the device; what it tells comes line by line. */
async function startHolder(rounds: number, holdMs: number) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../fixtures/hold-device.mjs'), folder, String(rounds), String(holdMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const told: Told[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)));
  const ended = once(child, 'close');
  await once(lines, 'line');
  return { child, told, ended, begin: () => child.stdin.write('begin') };
}

/** Another process that has the device. */
async function startedHolder(holdMs: number) {
  const holder = await startHolder(1, holdMs);
  const acquired = once(holder.child.stdout, 'data');
  holder.begin();
  await acquired;
  return holder;
}

const lock = () => new DeviceFileLock('test', folder);
const take = (waitMs = 0, more = {}) => lock().acquire({ model: 'mine', waitMs, ...more });

/** What processes tell that all take the device at the same time. */
async function toldBy(processes: number, rounds: number): Promise<Told[][]> {
  const holders = await Promise.all(Array.from({ length: processes }, () => startHolder(rounds, 5)));
  for (const { begin } of holders) begin();
  await Promise.all(holders.map(({ ended }) => ended));
  return holders.map(({ told }) => told.slice(1));
}

describe('the lock of a device on one machine', () => {
  it.each([
    [2, 25],
    [4, 25],
  ])(
    'E12: %i processes that take the device %i times each never hold it together',
    async (processes, rounds) => {
      const told = await toldBy(processes, rounds);
      for (const events of told) {
        expect(events.map(({ event }) => event)).toEqual(Array.from({ length: rounds }, () => ['acquire', 'release']).flat());
      }
      const held = told.flat().flatMap(({ from, to, fence }) => (from && to ? [{ from: BigInt(from), to: BigInt(to), fence: Number(fence) }] : []));
      held.sort((a, b) => a.fence - b.fence);
      expect(held.map(({ fence }) => fence)).toEqual(held.map((_, at) => at + 1));
      for (const [at, { from }] of held.entries()) if (at > 0) expect(from).toBeGreaterThan(held[at - 1]?.to as bigint);
    },
    60_000,
  );

  it('E12: a holder that is killed frees the device at once', async () => {
    const { child } = await startedHolder(60_000);
    await expect(take()).rejects.toThrow('did not come free');
    const waiting = take(30_000);
    child.kill('SIGKILL');
    const held = await waiting;
    expect(held).toMatchObject({ device: 'test', fence: '2' });
    await held.release();
  }, 40_000);

  it('E12: a holder that is stopped keeps the device: its model is still there', async () => {
    const { child, told, ended } = await startedHolder(3_000);
    child.kill('SIGSTOP');
    await expect(take(1_000)).rejects.toThrow('did not come free within 1 s');
    child.kill('SIGCONT');
    await ended;
    expect(told.map(({ event }) => event)).toEqual(['ready', 'acquire', 'release']);
    await (await take()).release();
  }, 40_000);

  it('E12: who waits is told who holds the device and since when, and so is who gave up', async () => {
    const { child } = await startedHolder(60_000);
    const who = new RegExp(`process ${child.pid} with the model model-of-${child.pid} since \\d{4}-\\d\\d-\\d\\dT`);
    const seen: string[] = [];
    await expect(take(300, { onWait: (holder: string) => seen.push(holder) })).rejects.toThrow(who);
    expect(seen).toEqual([expect.stringMatching(who)]);
  }, 40_000);

  it('E12: one process cannot hold a device twice either', async () => {
    const first = await take();
    await expect(take(100)).rejects.toThrow(`process ${process.pid} with the model mine`);
    await first.release();
    await (await take()).release();
  });

  it('E12: a wait ends when it is aborted', async () => {
    const first = await take();
    const abort = new AbortController();
    const waiting = take(30_000, { signal: abort.signal, onWait: () => abort.abort(new Error('no longer wanted')) });
    await expect(waiting).rejects.toThrow('no longer wanted');
    await first.release();
    await (await take()).release();
  });

  it('E12: a holder whose lock was deleted knows that another may have the device', async () => {
    const first = await take();
    await first.check();
    rmSync(lock().path);
    await expect(first.check()).rejects.toThrow('was deleted. What was computed on it was thrown away');
    const second = await take();
    await expect(first.check()).rejects.toThrow('The device test is no longer held');
    await first.release();
    await second.check();
    await second.release();
  });

  it('E12: who waited for a lock that was deleted meanwhile takes the one that is there now', async () => {
    const first = await take();
    const onWait = () => {
      rmSync(lock().path);
      void first.release();
    };
    const held = await take(30_000, { onWait });
    await held.check();
    await held.release();
  });

  it('E12: a file that holds anything else is no obstacle', async () => {
    for (const content of ['', 'nothing', '{"fence":"x"}', '[]', 'null', '\0'.repeat(10_000)]) {
      writeFileSync(lock().path, content);
      const held = await take();
      expect(held.fence).toBe('1');
      await held.release();
    }
  });

  it('E12: a link in the place of the file is not followed', async () => {
    symlinkSync(join(folder, 'elsewhere'), lock().path);
    await expect(take()).rejects.toThrow('cannot be opened. Choose a folder for it');
  });

  it('E12: the name of any device is good for a file', () => {
    expect(new DeviceFileLock('cpu:../a b/ü', '/locks').path).toBe('/locks/cairn-device-cpu-..-a-b--.lock');
  });

  it('E12: a machine without the command flock is told so', async () => {
    const script = `import { DeviceFileLock } from ${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))};
      await new DeviceFileLock('test', ${JSON.stringify(folder)}).acquire({ model: 'm', waitMs: 0 }).catch((error) => console.log(error.message));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: folder }, stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toContain('The command flock is missing');
  }, 20_000);
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../test/fixtures/until.js';
import { isAlive, ManagedProcess, Supervisor } from './index.mjs';

describe('managed process', () => {
  let folder: string;
  const units: ManagedProcess[] = [];
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cairn-process-'));
  });
  afterEach(async () => {
    await Promise.all(units.splice(0).map((unit) => unit.kill()));
    fs.rmSync(folder, { recursive: true });
  });

  function shell(script: string, more: object = {}): ManagedProcess {
    const command = () => ({ file: '/bin/sh', args: ['-c', script], env: { PATH: '/usr/bin:/bin' }, cwd: folder });
    const unit = new ManagedProcess({ name: 'shell', logFile: path.join(folder, 'shell.log'), command, ...more });
    units.push(unit);
    return unit;
  }

  it('a start that fails says how it ended and shows the end of the log', async () => {
    const unit = shell('echo the password is wrong >&2; exit 78', { isReady: async () => false });
    await expect(unit.start()).rejects.toThrow(/exit code 78[\s\S]*the password is wrong/);
    expect(unit.running).toBe(false);
  });

  it('a start that takes too long is ended', async () => {
    const unit = shell('sleep 60', { isReady: async () => false, startTimeoutMs: 200 });
    await expect(unit.start()).rejects.toThrow('did not become ready within 0.2 s');
    expect(unit.running).toBe(false);
  });

  it('a program that does not exist is a failed start, not a crash', async () => {
    const unit = new ManagedProcess({
      name: 'missing',
      logFile: path.join(folder, 'missing.log'),
      command: () => ({ file: '/no/such/program', args: [], env: {}, cwd: folder }),
      isReady: async () => false,
    });
    await expect(unit.start()).rejects.toThrow('missing ended');
  });

  it('stops a process that ignores the polite signal', async () => {
    const unit = shell('trap "" TERM; echo ready; while :; do sleep 0.05; done', {
      stopSteps: [['SIGTERM', 100]],
      isReady: async () => fs.readFileSync(path.join(folder, 'shell.log'), 'utf8').includes('ready'),
    });
    await unit.start();
    const { pid } = unit;
    await unit.stop();
    expect(isAlive(pid as number)).toBe(false);
  });

  it('stops a paused process', async () => {
    const unit = shell('exec sleep 60', { stopSteps: [['SIGTERM', 5_000]] });
    await unit.start();
    await unit.pause();
    await unit.stop();
    expect(unit.running).toBe(false);
  });

  it('what it prints is in its log, also when somebody listens', async () => {
    let heard = '';
    const unit = shell('echo to the log', { onOutput: (text: string) => (heard += text) });
    await unit.start();
    await until('the line', () => heard.includes('to the log') && fs.readFileSync(unit.logFile, 'utf8').includes('to the log'));
  });

  describe('under a supervisor', () => {
    const lines: string[] = [];
    const backoff = { firstMs: 10, maxMs: 80, resetAfterMs: 60_000 };
    let supervisor: Supervisor;
    beforeEach(() => {
      lines.length = 0;
      supervisor = new Supervisor({ log: (line: string) => lines.push(line), backoff });
    });
    afterEach(() => supervisor.stop());

    it('is started again after it was killed from outside', async () => {
      const unit = shell('exec sleep 60');
      supervisor.watch(unit);
      await unit.start();
      const first = unit.pid as number;
      process.kill(first, 'SIGKILL');
      await until('another pid', () => unit.pid && unit.pid !== first);
      expect(lines[0]).toBe('shell ended (SIGKILL); starting it again in 0.01 s');
    });

    it('stays down when its end was asked for', async () => {
      const unit = shell('exec sleep 60');
      supervisor.watch(unit);
      await unit.start();
      await unit.stop();
      await unit.start();
      await unit.kill();
      expect(lines).toEqual([]);
    });

    it('waits twice as long after each failure in a row, up to the maximum', async () => {
      const unit = shell('exit 3');
      supervisor.watch(unit);
      await unit.start().catch(() => {});
      await until('six deaths', () => lines.filter((line) => line.includes('again in')).length >= 6);
      const waits = lines.flatMap((line) => /again in ([\d.]+) s/.exec(line)?.[1] ?? []).slice(0, 6);
      expect(waits).toEqual(['0.01', '0.02', '0.04', '0.08', '0.08', '0.08']);
    });

    it('begins again with the short wait after it lived a while', async () => {
      const patient = new Supervisor({ log: (line: string) => lines.push(line), backoff: { ...backoff, resetAfterMs: 50 } });
      const unit = shell('sleep 0.1');
      patient.watch(unit);
      await unit.start();
      await until('three deaths', () => lines.filter((line) => line.includes('again in 0.01 s')).length >= 3);
      patient.stop();
    });

    it('a start that fails is tried again', async () => {
      fs.writeFileSync(path.join(folder, 'refuse'), '');
      const unit = shell('exec sleep 60', { beforeStart: async () => fs.existsSync(path.join(folder, 'refuse')) && Promise.reject(new Error('not yet')) });
      fs.rmSync(path.join(folder, 'refuse'));
      supervisor.watch(unit);
      await unit.start();
      fs.writeFileSync(path.join(folder, 'refuse'), '');
      process.kill(unit.pid as number, 'SIGKILL');
      await until('a failed restart', () => lines.some((line) => line.startsWith('not yet')));
      fs.rmSync(path.join(folder, 'refuse'));
      await until('life', () => unit.running);
    });
  });
});

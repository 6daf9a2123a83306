import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { SharedTask } from './shared-child.js';
import { SharedChildren, type SharedChildrenOptions } from './shared-children.js';

const entry = new URL('../fixtures/wayward-often.process.mjs', import.meta.url);
const LIMITS = { memoryMb: 400, cpuSeconds: 30, wallSeconds: 10, outputBytes: 1_000_000 };
const keepAlive = setInterval(() => undefined, 1_000); // the processes of these tests keep nobody
afterAll(() => clearInterval(keepAlive));

const children = (more: Partial<SharedChildrenOptions> = {}) =>
  new SharedChildren({ entry, limits: LIMITS, most: 1, tasksEach: 1_000, idleSeconds: 10, ...more });
const task = (way: string, text = 'hello', signal?: AbortSignal): SharedTask => ({ options: { way }, bytes: Buffer.from(text), signal });
const echoed = (answer: unknown) => (answer as { answer: { said: string; pid: number; env: object } }).answer;

describe('processes that do one piece of work after the other', () => {
  it('answer each with what it was given, however much comes at once', async () => {
    const shared = children({ most: 2 });
    const texts = Array.from({ length: 100 }, (_, at) => `text ${at} `.repeat(at * 50));
    const answers = (await Promise.all(texts.map((text) => shared.run(task('echo', text))))).map(echoed);
    expect(answers.map(({ said }) => said)).toEqual(texts);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
    expect(answers[0]?.env).toEqual({});
  });

  it('hand on a refusal, and go on', async () => {
    const shared = children();
    const before = echoed(await shared.run(task('echo'))).pid;
    expect(await shared.run(task('refuse'))).toEqual({ refusal: { code: 'image_damaged', message: 'This image cannot be read.' } });
    expect(echoed(await shared.run(task('echo'))).pid).toBe(before);
  });

  it.each(['throw', 'leave', 'flood'])('say nothing of work that they did not survive, and the next is done by another: %s', async (way) => {
    const shared = children();
    const [failed, next] = await Promise.all([shared.run(task(way)), shared.run(task('echo'))]);
    expect(failed).toBeUndefined();
    expect(echoed(next).said).toBe('hello');
  });

  it('are ended by work that takes too long, or that nobody wants any more', async () => {
    const shared = children({ limits: { ...LIMITS, wallSeconds: 1 } });
    expect(await shared.run(task('hang'))).toBeUndefined();
    expect(await shared.run(task('hang', '', AbortSignal.timeout(50)))).toBeUndefined();
    expect(echoed(await shared.run(task('echo'))).said).toBe('hello');
  });

  it('let go of work that waits for them when its caller leaves', async () => {
    const shared = children();
    const hanging = shared.run(task('hang', '', AbortSignal.timeout(2_000)));
    const startedAt = performance.now();
    expect(await shared.run(task('echo', '', AbortSignal.timeout(50)))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(await hanging).toBeUndefined();
  });

  it('that cannot be started keep nobody waiting, and are tried again', async () => {
    const shared = children({ most: 2, limits: { ...LIMITS, memoryMb: 1 } }); // less than Node itself needs
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => shared.run(task('echo', text))))).toEqual(Array(5).fill(undefined));
    expect(await shared.run(task('echo'))).toBeUndefined();
  });

  it('end after so many pieces of work, and when nothing comes', async () => {
    const shared = children({ tasksEach: 2, idleSeconds: 0.2 });
    const pids: number[] = [];
    for (let at = 0; at < 3; at++) pids.push(echoed(await shared.run(task('echo'))).pid);
    expect(pids[1]).toBe(pids[0]);
    expect(pids[2]).not.toBe(pids[1]);
    await pause(500);
    expect(() => process.kill(pids[2] as number, 0)).toThrow();
  });
});

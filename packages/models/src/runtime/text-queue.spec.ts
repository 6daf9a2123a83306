import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EmbedCall, type PendingText } from './embed-call.js';
import { TextQueue } from './text-queue.js';

const LIMITS = { tokens: 1_024, texts: 256 };
const callOf = (lengths: number[]) => new EmbedCall(lengths.map((length) => ({ ids: new Int32Array(0), tokens: length, readTokens: length })));
const lengthsOf = (run: PendingText[]) => run.map(({ encoding }) => encoding.readTokens);

function queueOf(...calls: EmbedCall[]): TextQueue {
  const queue = new TextQueue();
  for (const call of calls) queue.add(call);
  return queue;
}

function takeAll(queue: TextQueue): PendingText[][] {
  const runs: PendingText[][] = [];
  for (let run = queue.takeRun(LIMITS); run.length > 0; run = queue.takeRun(LIMITS)) runs.push(run);
  return runs;
}

describe('text queue', () => {
  it('puts texts of about the same length into one run', () => {
    expect(lengthsOf(queueOf(callOf([200, 10, 11, 12, 195, 90])).takeRun(LIMITS))).toEqual([195, 200]);
  });

  it('merges the texts of many calls', () => {
    const queue = queueOf(...Array.from({ length: 20 }, () => callOf([30])));
    expect(queue.takeRun(LIMITS)).toHaveLength(20);
  });

  it('a call of one long text does not wait behind a call of a thousand short ones', () => {
    const short = callOf(Array.from({ length: 1_000 }, () => 20));
    const long = callOf([250]);
    const runs = takeAll(queueOf(short, long));
    expect(runs.findIndex((run) => run.some(({ call }) => call === long))).toBe(1);
  });

  it('a short text among long ones is taken when its turn comes', () => {
    const long = callOf(Array.from({ length: 100 }, () => 256));
    const short = callOf([3]);
    expect(takeAll(queueOf(long, short)).findIndex((run) => run.some(({ call }) => call === short))).toBe(1);
  });

  it('forgets what a removed call waits for', () => {
    const [gone, stays] = [callOf([10, 10]), callOf([10])];
    const queue = queueOf(gone, stays);
    queue.remove(gone);
    expect(queue.size).toBe(1);
    expect(
      takeAll(queue)
        .flat()
        .map(({ call }) => call),
    ).toEqual([stays]);
  });

  it('texts of a run that did not begin come again, unless their call has ended', () => {
    const [stays, ended] = [callOf([10, 10]), callOf([10])];
    ended.done.catch(() => undefined);
    const queue = queueOf(stays, ended);
    const run = queue.takeRun(LIMITS);
    ended.fail(new Error('aborted'));
    queue.putBack(run);
    expect([run.length, queue.size]).toEqual([3, 2]);
    expect(queue.takeRun(LIMITS).map(({ call }) => call)).toEqual([stays, stays]);
  });

  it('every text comes exactly once, in runs within the limits that always hold the oldest text whose turn it is', () => {
    const call = fc.array(fc.integer({ min: 2, max: 256 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 6 }), (calls) => {
        const queue = queueOf(...calls.map(callOf));
        const runs = takeAll(queue);
        for (const run of runs) expect(run.length * Math.max(...lengthsOf(run))).toBeLessThanOrEqual(LIMITS.tokens);
        expect(new Set(runs.flat()).size).toBe(calls.flat().length);
        expect([runs.flat().length, queue.size]).toEqual([calls.flat().length, 0]);
      }),
      { numRuns: 50 },
    );
  });
});

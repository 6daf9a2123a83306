import { describe, expect, it } from '@jest/globals';
import { flushTraces, onFlush } from './flush-traces.js';
import { currentTraceparent, traceFields, withRemoteParent, withSpan } from './trace-context.js';

// Without the SDK, as every service runs when tracing is off.
describe('tracing that is off', () => {
  it('runs the action and answers its value', async () => {
    expect(await withSpan('work', { count: 1 }, async () => 42)).toBe(42);
    expect(await withSpan('work', {}, () => 'sync')).toBe('sync');
  });

  it('lets errors through as they are', async () => {
    const error = new Error('x');
    await expect(withSpan('work', {}, () => Promise.reject(error))).rejects.toBe(error);
  });

  it('has no trace to pass on, and takes none', () => {
    expect([currentTraceparent(), traceFields()]).toEqual([undefined, {}]);
    expect(withRemoteParent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', () => 7)).toBe(7);
    for (const nothing of [undefined, null, '', 'nonsense']) expect(withRemoteParent(nothing, () => 7)).toBe(7);
  });

  it('has nothing to flush until it is on', async () => {
    await flushTraces();
    let flushed = 0;
    onFlush(async () => {
      flushed++;
    });
    await flushTraces();
    expect(flushed).toBe(1);
  });
});

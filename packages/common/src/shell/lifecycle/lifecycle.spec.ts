import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../logging/create-logger.js';
import { Lifecycle } from './lifecycle.js';

function make() {
  const lines: string[] = [];
  const log = createLogger({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } });
  return { lifecycle: new Lifecycle(log, 0, { intake: 50, work: 50, connections: 50 }), lines };
}

describe('a lifecycle', () => {
  it('goes from starting over serving to draining', async () => {
    const { lifecycle } = make();
    expect(lifecycle.state).toBe('starting');
    lifecycle.markServing();
    expect(lifecycle.state).toBe('serving');
    const draining = lifecycle.drain();
    expect([lifecycle.state, lifecycle.draining.aborted]).toEqual(['draining', true]);
    await draining;
  });

  it('runs a phase when the one before it is done, and the actions of a phase together', async () => {
    const { lifecycle } = make();
    const order: string[] = [];
    const step = (name: string, ticks: number) => async () => {
      for (let tick = 0; tick < ticks; tick++) await new Promise(setImmediate);
      order.push(name);
    };
    lifecycle.onDrain('connections', 'pool', step('pool', 0));
    lifecycle.onDrain('work', 'slow', step('slow', 5));
    lifecycle.onDrain('work', 'quick', step('quick', 1));
    lifecycle.onDrain('intake', 'loop', step('loop', 3));
    await lifecycle.drain();
    expect(order).toEqual(['loop', 'quick', 'slow', 'pool']);
  });

  it('gives up an action that takes too long or fails, says so, and goes on', async () => {
    const { lifecycle, lines } = make();
    let reached = false;
    lifecycle.onDrain('intake', 'stuck', () => new Promise(() => {}));
    lifecycle.onDrain('work', 'thrower', () => {
      throw new Error('y');
    });
    lifecycle.onDrain('connections', 'broken', () => Promise.reject(new Error('x')));
    lifecycle.onDrain('connections', 'last', () => {
      reached = true;
    });
    await lifecycle.drain();
    expect(reached).toBe(true);
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(['stuck', 'thrower', 'broken']);
  });

  it('drains once, however often it is asked', async () => {
    const { lifecycle } = make();
    let runs = 0;
    lifecycle.onDrain('work', 'count', () => {
      runs++;
    });
    await Promise.all([lifecycle.drain(), lifecycle.drain()]);
    await lifecycle.drain();
    expect(runs).toBe(1);
  });
});

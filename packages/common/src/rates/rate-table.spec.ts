import { describe, expect, it } from '@jest/globals';
import { RateTable } from './rate-table.js';

/** How many of `tries` at the same moment are let through. */
function passed(table: RateTable, key: string, tries: number, nowMs: number): number {
  let count = 0;
  for (let at = 0; at < tries; at++) {
    if (table.look(key, nowMs).waitMs > 0) continue;
    table.take(key, nowMs);
    count++;
  }
  return count;
}

describe('a rate table', () => {
  it.each([1, 3, 7, 600, 12_345])('T10: lets exactly %i through at once, and the next one when its share of a minute is over', (limit) => {
    for (const start of [0, 123_456.789, 8.64e9 + 0.1]) {
      const table = new RateTable(limit, 10);
      expect(passed(table, 'a', limit + 5, start)).toBe(limit);
      const { waitMs, remaining } = table.look('a', start);
      expect([Math.abs(waitMs - 60_000 / limit) < 0.01, remaining]).toEqual([true, 0]);
      expect(passed(table, 'a', 5, start + waitMs + 0.01)).toBe(1);
    }
  });

  it('T10: lets no more through in any minute than twice the limit, however they come', () => {
    const table = new RateTable(60, 10);
    let count = 0;
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) count += passed(table, 'a', 3, nowMs);
    expect(count).toBeGreaterThanOrEqual(118);
    expect(count).toBeLessThanOrEqual(120);
  });

  it('T10: counts down what remains, and says when it is whole again', () => {
    const table = new RateTable(4, 10);
    expect(table.look('a', 0)).toEqual({ limit: 4, remaining: 4, resetMs: 0, waitMs: 0 });
    table.take('a', 0);
    expect(table.look('a', 0)).toEqual({ limit: 4, remaining: 3, resetMs: 15_000, waitMs: 0 });
    expect(table.look('a', 15_000)).toMatchObject({ remaining: 4, resetMs: 0 });
  });

  it('T10: keeps keys apart, and forgets one when it is told to', () => {
    const table = new RateTable(2, 10);
    expect([passed(table, 'a', 9, 0), passed(table, 'b', 9, 0)]).toEqual([2, 2]);
    table.forget('a');
    expect([passed(table, 'a', 9, 0), passed(table, 'b', 9, 0)]).toEqual([2, 0]);
  });

  it('T10: holds no more keys than it may, and lets go of those that owe nothing first', () => {
    const table = new RateTable(2, 100);
    for (let key = 0; key < 100_000; key++) table.take(`key ${key}`, 0);
    expect(table.size).toBe(100);
    expect(passed(table, 'key 99999', 9, 0)).toBe(1);
    table.take('new', 60_001);
    expect(table.size).toBeLessThan(100);
  });
});

import { setMaxListeners } from 'node:events';
import type { OrgId } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { Turns, type TurnsOptions } from './turns.js';

const [large, small] = ['large', 'small'] as unknown as [OrgId, OrgId];

/** Searches that end when they are told to, and what has begun of them. */
class Searches {
  readonly begun: string[] = [];
  queued = 0;
  private readonly ends = new Map<string, () => void>();
  private readonly turns: Turns;

  constructor(options: Partial<TurnsOptions> = {}) {
    this.turns = new Turns({ alone: 3, beside: 1, recentMs: 60_000, waitsMs: 60_000, ...options }, { queued: () => this.queued++ });
  }

  begin(orgId: OrgId, name: string, signal?: AbortSignal): Promise<string> {
    return this.turns.take(orgId, signal, async () => {
      this.begun.push(name);
      await new Promise<void>((resolve) => this.ends.set(name, resolve));
      return name;
    });
  }

  async end(name: string, search: Promise<string>): Promise<void> {
    this.ends.get(name)?.();
    expect(await search).toBe(name);
    await turn();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('G18: an organisation alone makes several searches at once, and the others in their order', async () => {
    const searches = new Searches();
    const all = ['1', '2', '3', '4', '5'].map((name) => searches.begin(large, name));
    await turn();
    expect(searches.begun).toEqual(['1', '2', '3']);
    expect(searches.queued).toBe(2);
    await searches.end('2', all[1] as Promise<string>);
    expect(searches.begun).toEqual(['1', '2', '3', '4']);
    await searches.end('1', all[0] as Promise<string>);
    expect(searches.begun).toEqual(['1', '2', '3', '4', '5']);
  });

  it('G18: nobody waits for a search of somebody else, and who floods makes room', async () => {
    const searches = new Searches();
    const flood = ['1', '2', '3', '4', '5'].map((name) => searches.begin(large, name));
    const other = searches.begin(small, 'other');
    await turn();
    expect(searches.begun).toEqual(['1', '2', '3', 'other']);
    await searches.end('1', flood[0] as Promise<string>);
    await searches.end('2', flood[1] as Promise<string>);
    expect(searches.begun).toEqual(['1', '2', '3', 'other']); // the large one has its share with one
    await searches.end('3', flood[2] as Promise<string>);
    expect(searches.begun).toEqual(['1', '2', '3', 'other', '4']);
    await searches.end('other', other);
    await searches.end('4', flood[3] as Promise<string>);
    expect(searches.begun.slice(5)).toEqual(['5']); // the small one was here a moment ago
  });

  it('G18: who has not searched for a while leaves all to the others', async () => {
    const searches = new Searches({ recentMs: 0 });
    const other = searches.begin(small, 'other');
    await turn();
    await searches.end('other', other);
    const all = ['1', '2', '3', '4'].map((name) => searches.begin(large, name));
    await turn();
    expect(searches.begun).toEqual(['other', '1', '2', '3']);
    await searches.end('1', all[0] as Promise<string>);
    await searches.end('4', all[3] as Promise<string>);
  });

  it('G18: a search that fails makes room for the next one', async () => {
    const turns = new Turns({ alone: 1, beside: 1, recentMs: 0, waitsMs: 60_000 }, { queued: () => undefined });
    const failed = turns.take(large, undefined, () => Promise.reject(new Error('lost')));
    const next = turns.take(large, undefined, async (waitedMs) => waitedMs);
    await expect(failed).rejects.toThrow('lost');
    expect(await next).toBeGreaterThanOrEqual(0);
  });

  it('G18: a caller who goes gives his place away, and who waits too long is told so', async () => {
    const searches = new Searches({ alone: 1, waitsMs: 50 });
    const first = searches.begin(large, '1');
    const gone = new AbortController();
    const left = searches.begin(large, '2', gone.signal);
    const late = searches.begin(large, '3');
    gone.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    await expect(late).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 2 });
    await searches.end('1', first);
    const again = searches.begin(large, '4');
    await turn();
    expect(searches.begun).toEqual(['1', '4']);
    await searches.end('4', again);
  });

  it('G18: a line that is full takes no more', async () => {
    const searches = new Searches({ alone: 1 });
    const gone = new AbortController();
    setMaxListeners(0, gone.signal);
    const waiting = Array.from({ length: 1_001 }, (_, at) => searches.begin(large, String(at), gone.signal));
    const settled = Promise.allSettled(waiting.slice(1));
    await expect(searches.begin(large, 'one more')).rejects.toMatchObject({ code: 'rate_limited' });
    gone.abort();
    await settled;
    await searches.end('0', waiting[0] as Promise<string>);
  });
});

import { CairnError, type OrgId } from '@cairn/common';
import type { SearchMetrics } from './search-metrics.js';

export interface TurnsOptions {
  /** Searches of one organisation that are made at once while nobody else searches. */
  alone: number;
  /** And while others do. */
  beside: number;
  /** Who has searched within this time counts as searching. */
  recentMs: number;
  /** Who waits longer is told to come again. */
  waitsMs: number;
}

const RECENT_MS = 1_000;
/** The api waits 10 s for an answer. */
const WAITS_MS = 5_000;
/** Of one organisation so many wait at most: more would only be told later that it takes too long. */
const MOST_WAITING = 1_000;

/** What an organisation has under way. */
interface Line {
  running: number;
  /** In the order in which they came. */
  waiting: Set<() => void>;
}

interface Seen {
  orgId: OrgId;
  at: number;
}

/**
 * An organisation that searches as fast as it is answered leaves the others their share: while they search too, few of its searches are made at once, and the
 * rest waits in its own line. Nobody waits for a search of somebody else.
 */
export class Turns {
  /** Of those that have something under way. */
  private readonly lines = new Map<OrgId, Line>();
  /** Who searched last, and who was the last before that was somebody else. */
  private last: Seen | undefined;
  private lastOther: Seen | undefined;

  constructor(
    private readonly options: TurnsOptions,
    private readonly metrics: Pick<SearchMetrics, 'queued'>,
  ) {}

  static of({ alone, beside }: Pick<TurnsOptions, 'alone' | 'beside'>, metrics: Pick<SearchMetrics, 'queued'>): Turns {
    return new Turns({ alone, beside, recentMs: RECENT_MS, waitsMs: WAITS_MS }, metrics);
  }

  /** Does the work when it is its turn; it is told how long it waited. */
  async take<T>(orgId: OrgId, signal: AbortSignal | undefined, work: (waitedMs: number) => Promise<T>): Promise<T> {
    const cameAt = performance.now();
    this.sees(orgId, cameAt);
    const line = this.lines.get(orgId) ?? { running: 0, waiting: new Set() };
    this.lines.set(orgId, line);
    if (line.running < this.mostOf(orgId)) line.running++;
    else await this.wait(line, signal);
    try {
      return await work(performance.now() - cameAt);
    } finally {
      this.leave(orgId, line);
    }
  }

  private sees(orgId: OrgId, at: number): void {
    if (this.last?.orgId !== orgId) this.lastOther = this.last;
    this.last = { orgId, at };
  }

  private mostOf(orgId: OrgId): number {
    const other = this.last?.orgId === orgId ? this.lastOther : this.last;
    const isRecent = other !== undefined && performance.now() - other.at < this.options.recentMs;
    const isBeside = isRecent || this.lines.size > (this.lines.has(orgId) ? 1 : 0);
    return isBeside ? this.options.beside : this.options.alone;
  }

  /** Until its turn has come: it counts as running then. */
  private wait(line: Line, signal: AbortSignal | undefined): Promise<void> {
    if (line.waiting.size >= MOST_WAITING) throw tooMany();
    signal?.throwIfAborted();
    this.metrics.queued();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
        line.waiting.delete(begin);
      };
      const begin = () => {
        end();
        resolve();
      };
      const leave = () => {
        end();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        end();
        reject(tooMany());
      }, this.options.waitsMs).unref();
      signal?.addEventListener('abort', leave, { once: true });
      line.waiting.add(begin);
    });
  }

  private leave(orgId: OrgId, line: Line): void {
    line.running--;
    const most = this.mostOf(orgId);
    for (const begin of line.waiting) {
      if (line.running >= most) break;
      line.running++;
      begin();
    }
    if (line.running === 0) this.lines.delete(orgId);
  }
}

function tooMany(): CairnError {
  return new CairnError(
    'rate_limited',
    'Your organisation has more searches under way than are made at once. Wait for some of them, then send this one again.',
    {
      retryAfterSeconds: 2,
    },
  );
}

/** How a limit stands for one key. */
export interface RateState {
  limit: number;
  /** How many more would be let through now. */
  remaining: number;
  /** Until the whole limit is there again. */
  resetMs: number;
  /** Until the next is let through; 0 when it is now. */
  waitMs: number;
}

/** How many requests were not yet paid for by time, and when that was so. */
interface Debt {
  owed: number;
  atMs: number;
}

const WINDOW_MS = 60_000;
// Of a request: what sums of fractions may be off by.
const ROUNDING = 1e-6;
// How many of the oldest are looked at for one to forget: a flood of new keys must not make each of them cost a walk through all.
const LOOKS = 16;

/**
 * A limit for each of many keys (the generic cell rate algorithm): so many at once, and then as many in a minute, evenly. What a key owes and since when
 * says everything; a key that owes nothing needs no memory at all.
 */
export class RateTable {
  private readonly debts = new Map<string, Debt>();
  /** Of one request. */
  private readonly costMs: number;

  constructor(
    readonly limit: number,
    private readonly maxKeys: number,
  ) {
    this.costMs = WINDOW_MS / limit;
  }

  /** How it stands for the next request of the key, which is not counted. */
  look(key: string, nowMs: number): RateState {
    const owed = this.owed(this.debts.get(key), nowMs);
    const missing = owed + 1 - this.limit;
    return {
      limit: this.limit,
      remaining: Math.max(0, Math.floor(this.limit - owed + ROUNDING)),
      resetMs: owed * this.costMs,
      waitMs: missing > ROUNDING ? missing * this.costMs : 0,
    };
  }

  /** Counts a request of the key, whether or not it should have been let through. */
  take(key: string, nowMs: number): void {
    const owed = this.owed(this.debts.get(key), nowMs) + 1;
    this.debts.delete(key); // and to the end: the first are those used longest ago
    if (this.debts.size >= this.maxKeys) this.makeRoom(nowMs);
    this.debts.set(key, { owed, atMs: nowMs });
  }

  /** The key begins anew. */
  forget(key: string): void {
    this.debts.delete(key);
  }

  get size(): number {
    return this.debts.size;
  }

  private owed(debt: Debt | undefined, nowMs: number): number {
    return debt ? Math.max(0, debt.owed - (nowMs - debt.atMs) / this.costMs) : 0;
  }

  // The one that was used longest ago is forgiven what it owes.
  private makeRoom(nowMs: number): void {
    let looked = 0;
    for (const [key, debt] of this.debts) {
      if (looked++ === 0 || this.owed(debt, nowMs) === 0) this.debts.delete(key);
      if (looked === LOOKS) return;
    }
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { CairnError } from '@cairn/common';
import { type Timings, timed } from '../timed.js';

/** Whichever is less: so long, or such a share of the time that a statement is given. */
const EARLIER = { ms: 250, share: 0.1 };
const SOON = { ms: 500, share: 0.5 };

/** What was done for one statement. */
export class StatementRun {
  readonly timings: Timings = { parse: 0, plan: 0, embed: 0, search: 0, join: 0 };
  /** Requests to Qdrant, and statements that find rows in Postgres. */
  backendCalls = 0;
  /** Pairs of a model and a text, also where the vector was known. */
  embeddedTexts = 0;
  candidates = 0;
  refills = 0;
  private readonly rows = new Map<string, number>();
  private readonly retries = new Map<string, number>();
  private readonly startedAt: number;
  private mustEndBy = Number.POSITIVE_INFINITY;
  private readonly took = new Map<string, number>();

  constructor(
    readonly signal: AbortSignal,
    waitedMs: number,
  ) {
    this.startedAt = performance.now() - waitedMs;
  }

  within(milliseconds: number): void {
    this.mustEndBy = this.startedAt + milliseconds;
  }

  get endsBy(): number {
    return this.mustEndBy;
  }

  /** Until then whoever is asked may answer: it leaves the time to answer without those who are late, and where others were late already, to ask what is left. */
  get answersBy(): number {
    const whole = this.mustEndBy - this.startedAt;
    return Math.max(this.mustEndBy - Math.min(EARLIER.ms, whole * EARLIER.share), performance.now() + Math.min(SOON.ms, whole * SOON.share));
  }

  get ms(): number {
    return round(performance.now() - this.startedAt);
  }

  assertTime(): void {
    this.signal.throwIfAborted();
    if (performance.now() > this.mustEndBy) throw tooLate();
  }

  /** Leaves the event loop to others. */
  async pause(): Promise<void> {
    await nextTurn();
    this.assertTime();
  }

  /** Rows of the answer, by their collections. */
  shown(collectionIds: readonly string[]): void {
    for (const id of collectionIds) this.rows.set(id, (this.rows.get(id) ?? 0) + 1);
  }

  retried(collectionIds: readonly string[]): void {
    for (const id of collectionIds) this.retries.set(id, (this.retries.get(id) ?? 0) + 1);
  }

  /** How long it was worked on for these collections. */
  worked(collectionIds: readonly string[], ms: number): void {
    for (const id of collectionIds) this.took.set(id, round((this.took.get(id) ?? 0) + ms));
  }

  /** What is known of a collection that was asked. */
  of(collectionId: string): { ms: number; rows: number; retries: number } {
    return {
      ms: this.took.get(collectionId) ?? (this.timings.search as number),
      rows: this.rows.get(collectionId) ?? 0,
      retries: this.retries.get(collectionId) ?? 0,
    };
  }

  timed<T>(stage: string, work: () => T): T {
    return timed(this.timings, stage, work);
  }

  stats(pruned: number): object {
    const { backendCalls, embeddedTexts, candidates, refills, timings } = this;
    return {
      ...{ embedded_texts: embeddedTexts, backend_calls: backendCalls, collections_pruned: pruned, candidates, refills },
      ms: { ...timings, total: this.ms },
    };
  }
}

export function tooLate(): CairnError {
  return new CairnError(
    'E_EXEC_TIMEOUT',
    'The statement took longer than it was given. Ask for less at once, or give it more time: WITH (timeout_ms = 30000).',
  );
}

const round = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;

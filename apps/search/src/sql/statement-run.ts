import { setImmediate as nextTurn } from 'node:timers/promises';
import { CairnError } from '@cairn/common';
import { type Timings, timed } from '../timed.js';

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

  /** What is known of a collection that was asked. */
  of(collectionId: string): { ms: number; rows: number; retries: number } {
    return { ms: this.timings.search as number, rows: this.rows.get(collectionId) ?? 0, retries: this.retries.get(collectionId) ?? 0 };
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

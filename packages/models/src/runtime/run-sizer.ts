import type { RunLimits } from './text-queue.js';

const SMALLEST_RUN_TOKENS = 64;
/** Runs that must succeed before larger ones are tried again. */
const RUNS_UNTIL_LARGER = 100;

/** How much a run may hold: half as much each time memory ran out, and more again after a while. */
export class RunSizer {
  limits: RunLimits;
  private fittedRuns = 0;

  constructor(private readonly most: RunLimits) {
    this.limits = most;
  }

  tooLarge(run: RunLimits): void {
    this.fittedRuns = 0;
    this.limits = {
      tokens: Math.max(SMALLEST_RUN_TOKENS, Math.min(this.limits.tokens, Math.floor(run.tokens / 2))),
      texts: Math.min(this.limits.texts, Math.ceil(run.texts / 2)),
    };
  }

  fitted(): void {
    if (this.limits === this.most || ++this.fittedRuns < RUNS_UNTIL_LARGER) return;
    const tokens = Math.min(this.most.tokens, this.limits.tokens * 2);
    const texts = Math.min(this.most.texts, this.limits.texts * 2);
    this.fittedRuns = 0;
    this.limits = tokens === this.most.tokens && texts === this.most.texts ? this.most : { tokens, texts };
  }
}

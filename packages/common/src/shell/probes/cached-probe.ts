import type { DependencyState } from './run-probe.js';

export interface CacheTimes {
  okMs: number;
  failureMs: number;
}

/** Remembers the last answer of a probe for a while, and never runs it twice at once. */
export class CachedProbe {
  private last: DependencyState | undefined;
  private validUntil = 0;
  private running: Promise<DependencyState> | undefined;

  constructor(
    private readonly probe: () => Promise<DependencyState>,
    private readonly times: CacheTimes,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async state(): Promise<DependencyState> {
    if (this.last && this.now() < this.validUntil) return this.last;
    this.running ??= this.refresh();
    return this.running;
  }

  private async refresh(): Promise<DependencyState> {
    try {
      const state = await this.probe();
      this.last = state;
      this.validUntil = this.now() + (state.ok ? this.times.okMs : this.times.failureMs);
      return state;
    } finally {
      this.running = undefined;
    }
  }
}

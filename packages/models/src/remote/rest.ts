export interface RestOptions {
  /** So many failures in a row, and it is left alone. */
  failures: number;
  firstMs: number;
  longestMs: number;
}

/** How long a provider that failed is left alone, doubled each time: what waits for it must not hold up what does not. */
export class Rest {
  private failures = 0;
  private restMs = 0;
  private until = 0;
  private lastFailure = '';

  constructor(private readonly options: RestOptions) {}

  /** What failed last, while it is left alone. */
  get reason(): string | undefined {
    return performance.now() < this.until ? this.lastFailure : undefined;
  }

  /** Those that were on their way when the rest began say nothing new. */
  failed(failure: string): void {
    if (this.reason !== undefined) return;
    const { failures, firstMs, longestMs } = this.options;
    this.failures++;
    this.lastFailure = failure;
    if (this.failures < failures) return;
    this.restMs = Math.min(this.restMs === 0 ? firstMs : this.restMs * 2, longestMs);
    this.until = performance.now() + this.restMs;
  }

  worked(): void {
    this.failures = 0;
    this.restMs = 0;
  }
}

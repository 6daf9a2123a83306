import { pause } from '@cairn/common';

/** Does something again and again until it is stopped. The first error that `work` throws ends it, and `stop` throws that error. */
export class Loop {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private failure: unknown;
  rounds = 0;

  constructor(
    private readonly work: (signal: AbortSignal) => Promise<void>,
    private readonly paceMs: number,
  ) {
    this.running = this.run().catch((error: unknown) => {
      this.failure = error;
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    if (this.failure !== undefined) throw this.failure;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.work(this.stopping.signal);
      this.rounds++;
      await pause(this.paceMs, this.stopping.signal);
    }
  }
}

import { type Logger, pause } from '@cairn/common';

/** Runs `work` again and again with a pause in between; a failure is logged and the next round comes all the same. */
export class Periodically {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly everyMs: number,
    private readonly logger: Logger,
    private readonly work: (signal: AbortSignal) => Promise<void>,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.work(this.stopping.signal).catch((error: Error) => {
        if (!this.stopping.signal.aborted) this.logger.warn({ error: error.message }, `${this.name} failed; trying again`);
      });
      await pause(this.everyMs, this.stopping.signal);
    }
  }
}

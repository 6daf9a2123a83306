import { performance } from 'node:perf_hooks';

const EVERY_MS = 500;

/** How late the event loop is, looked at twice a second. */
export class LoopLag {
  private last = performance.now();
  private lagMs = 0;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.timer = setInterval(() => this.tick(), EVERY_MS);
    this.timer.unref();
  }

  /** Milliseconds by which the last timer, or the one that should have fired by now, was late. */
  get milliseconds(): number {
    return Math.max(this.lagMs, performance.now() - this.last - EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    this.lagMs = now - this.last - EVERY_MS;
    this.last = now;
  }
}

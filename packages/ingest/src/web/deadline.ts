/** A signal that is given when somebody else's is, or when the time is up; whichever ends it, it can be told apart. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly abort: () => void;
  isOver = false;

  constructor(
    ms: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    outer?.throwIfAborted();
    this.abort = () => this.controller.abort(outer?.reason);
    outer?.addEventListener('abort', this.abort, { once: true });
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.controller.abort();
    }, ms);
    this.timer.unref();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What is held for it is let go. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.abort);
  }
}

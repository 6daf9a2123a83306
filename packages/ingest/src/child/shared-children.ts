import type { ChildAnswer } from './answer-parent.js';
import type { ChildLimits } from './child-limits.js';
import { SharedChild, type SharedTask } from './shared-child.js';

export interface SharedChildrenOptions {
  /** A file that calls `answerParentOften`. */
  entry: URL;
  /** Of each process, for all it does; the time is that of one piece of work. */
  limits: ChildLimits;
  most: number;
  /** Then a process ends, so that nothing gathers in it. */
  tasksEach: number;
  /** So long a process waits for more. */
  idleSeconds: number;
}

/** A few processes that do small pieces of work by turns. They begin when they are needed and end when nothing comes. */
export class SharedChildren {
  private readonly resting: SharedChild[] = [];
  private readonly waiting = new Set<(child: SharedChild | undefined) => void>();
  private count = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly options: SharedChildrenOptions) {}

  /** As `SharedChild.run` answers, and undefined too where no process can be had. Waits while all have something to do. */
  async run(task: SharedTask): Promise<ChildAnswer | undefined> {
    const child = await this.take(task.signal);
    if (child === undefined) return undefined;
    try {
      return task.signal?.aborted ? undefined : await child.run(task);
    } finally {
      this.giveBack(child);
    }
  }

  private async take(signal: AbortSignal | undefined): Promise<SharedChild | undefined> {
    clearTimeout(this.idle);
    for (let child = this.resting.pop(); child !== undefined; child = this.resting.pop()) {
      if (child.isAlive) return child;
      this.count -= 1;
    }
    return this.count < this.options.most ? this.begin() : await this.turn(signal);
  }

  private turn(signal: AbortSignal | undefined): Promise<SharedChild | undefined> {
    return new Promise((resolve) => {
      const take = (child: SharedChild | undefined) => {
        this.waiting.delete(take);
        signal?.removeEventListener('abort', leave);
        resolve(child);
      };
      const leave = () => take(undefined);
      this.waiting.add(take);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private giveBack(child: SharedChild): void {
    const isUsable = child.isAlive && child.used < this.options.tasksEach;
    if (!isUsable) {
      child.end();
      this.count -= 1;
    }
    const [next] = this.waiting;
    const heir = isUsable ? child : next && this.begin();
    if (heir === undefined) this.letGo();
    else if (next !== undefined) next(heir);
    else this.rest(heir);
  }

  private rest(child: SharedChild): void {
    this.resting.push(child);
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.endResting(), this.options.idleSeconds * 1_000).unref();
  }

  /** Where no process is left and none can begin, nobody waits for one. */
  private letGo(): void {
    if (this.count === 0) for (const take of [...this.waiting]) take(undefined);
  }

  private endResting(): void {
    for (const child of this.resting.splice(0)) {
      child.end();
      this.count -= 1;
    }
  }

  private begin(): SharedChild | undefined {
    try {
      const child = new SharedChild(this.options.entry, this.options.limits);
      this.count += 1;
      return child;
    } catch {
      return undefined;
    }
  }
}

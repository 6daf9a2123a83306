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
  private readonly waiting: ((child: SharedChild) => void)[] = [];
  private count = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly options: SharedChildrenOptions) {}

  /** As `SharedChild.run` answers. Waits while all processes have something to do. */
  async run(task: SharedTask): Promise<ChildAnswer | undefined> {
    const child = await this.take();
    try {
      return task.signal?.aborted ? undefined : await child.run(task);
    } finally {
      this.giveBack(child);
    }
  }

  private async take(): Promise<SharedChild> {
    clearTimeout(this.idle);
    for (let child = this.resting.pop(); child !== undefined; child = this.resting.pop()) {
      if (child.isAlive) return child;
      this.count -= 1;
    }
    if (this.count === this.options.most) return await new Promise((resolve) => this.waiting.push(resolve));
    this.count += 1;
    return this.begin();
  }

  private giveBack(child: SharedChild): void {
    const isUsable = child.isAlive && child.used < this.options.tasksEach;
    if (!isUsable) child.end();
    const next = this.waiting.shift();
    if (next !== undefined) next(isUsable ? child : this.begin());
    else if (isUsable) this.resting.push(child);
    else this.count -= 1;
    clearTimeout(this.idle);
    if (this.resting.length > 0) this.idle = setTimeout(() => this.endResting(), this.options.idleSeconds * 1_000).unref();
  }

  private endResting(): void {
    for (const child of this.resting.splice(0)) {
      child.end();
      this.count -= 1;
    }
  }

  private begin(): SharedChild {
    return new SharedChild(this.options.entry, this.options.limits);
  }
}

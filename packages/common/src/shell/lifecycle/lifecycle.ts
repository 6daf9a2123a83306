import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { settleWithin } from './settle-within.js';

/**
 * The phases of a shutdown, one after the other; the actions of a phase run together.
 * intake: take nothing new. work: finish what is in flight. connections: close what the work needed.
 */
export const DRAIN_PHASES = ['intake', 'work', 'connections'] as const;
export type DrainPhase = (typeof DRAIN_PHASES)[number];

interface DrainAction {
  phase: DrainPhase;
  name: string;
  action: () => Promise<void> | void;
}

/** The life of a process: starting, serving, draining. Whoever holds something that must be let go in order registers here. */
export class Lifecycle {
  private readonly actions: DrainAction[] = [];
  private readonly controller = new AbortController();
  private drained: Promise<void> | undefined;
  private serving = false;

  constructor(
    private readonly log: Logger,
    private readonly announceMs: number,
    // Together at most 19 s with the default configuration: a service ends within 20 s.
    private readonly limitsMs: Readonly<Record<DrainPhase, number>>,
  ) {
    // Every open stream listens, and there may be many: no sign of a leak.
    setMaxListeners(0, this.controller.signal);
  }

  /** Aborted when the shutdown begins: for loops and streams. */
  get draining(): AbortSignal {
    return this.controller.signal;
  }

  get state(): 'starting' | 'serving' | 'draining' {
    if (this.draining.aborted) return 'draining';
    return this.serving ? 'serving' : 'starting';
  }

  markServing(): void {
    this.serving = true;
  }

  /** Registers what to do in a phase of the shutdown. It is given up, with a warning, when the phase's time is over. */
  onDrain(phase: DrainPhase, name: string, action: () => Promise<void> | void): void {
    this.actions.push({ phase, name, action });
  }

  /** Runs the shutdown once; later calls wait for the first. Never throws. */
  drain(): Promise<void> {
    this.drained ??= this.runPhases();
    return this.drained;
  }

  private async runPhases(): Promise<void> {
    this.controller.abort();
    if (this.announceMs > 0) await new Promise((resolve) => setTimeout(resolve, this.announceMs));
    for (const phase of DRAIN_PHASES) await Promise.all(this.actions.filter((a) => a.phase === phase).map((a) => this.run(a)));
  }

  private async run({ phase, name, action }: DrainAction): Promise<void> {
    try {
      const inTime = await settleWithin(this.limitsMs[phase], async () => action());
      if (!inTime) this.log.warn({ phase, name, limitMs: this.limitsMs[phase] }, 'shutdown step was given up');
    } catch (err) {
      this.log.warn({ phase, name, err }, 'shutdown step failed');
    }
  }
}

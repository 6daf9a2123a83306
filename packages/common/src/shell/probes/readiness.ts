import type { Lifecycle } from '../lifecycle/lifecycle.js';
import type { LoopLag } from '../lifecycle/loop-lag.js';
import type { ProbeBoard } from './probe-board.js';

export interface ServiceIdentity {
  service: string;
  version: string;
  env: string;
}

// A process this far behind should get no new requests for a moment.
const OVERLOADED_MS = 2_000;

export interface ReadinessParts {
  identity: ServiceIdentity;
  lifecycle: Lifecycle;
  lag: LoopLag;
  /** Set once the service has started. */
  board: () => ProbeBoard | undefined;
  extras: () => Promise<Record<string, unknown>> | Record<string, unknown>;
}

/** The two questions: is the system well, and may this process get traffic. */
export class Readiness {
  private readonly startedAt = new Date().toISOString();

  constructor(private readonly parts: ReadinessParts) {}

  health(): object {
    return { ok: true, ...this.parts.identity, started_at: this.startedAt };
  }

  /** About this process alone, so that a shared outage does not take every instance out of service. */
  traffic(): { ready: boolean; summary: string } {
    const summary = this.trafficSummary();
    return { ...this.parts.identity, ready: summary === 'ok', summary };
  }

  /** About everything the service needs. */
  async system(verbose: boolean): Promise<{ ready: boolean; summary: string }> {
    const board = this.parts.board();
    const deps = await board?.states();
    const ready = deps !== undefined && Object.values(deps).every((dep) => dep.ok !== false);
    const extras = verbose ? { state: this.parts.lifecycle.state, loop_lag_ms: Math.round(this.parts.lag.milliseconds), ...(await this.parts.extras()) } : {};
    return { ...this.parts.identity, ready, summary: ready ? 'ok' : 'down', deps, ...extras } as { ready: boolean; summary: string };
  }

  private trafficSummary(): 'ok' | 'starting' | 'draining' | 'overloaded' {
    const { state } = this.parts.lifecycle;
    if (state !== 'serving') return state;
    return this.parts.lag.milliseconds > OVERLOADED_MS ? 'overloaded' : 'ok';
  }
}

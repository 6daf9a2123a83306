import { setTimeout as sleep } from 'node:timers/promises';
import { CairnError } from '../../errors/catalogue.js';
import { connectionFailureOf } from '../errors/connection-failure.js';

/** Asks a dependency for a sign of life; rejects when there is none. The signal ends it at the deadline. */
export type ProbeAction = (signal: AbortSignal) => Promise<unknown>;

/** A dependency as /readyz shows it. */
export interface DependencyState {
  enabled: boolean;
  skipped: boolean;
  ok: boolean | null;
  latency_ms: number | null;
  attempts: number;
  reason: string | null;
}

export const DISABLED: DependencyState = { enabled: false, skipped: true, ok: null, latency_ms: null, attempts: 0, reason: 'disabled' };

class ProbeTimeout extends Error {}

const RETRY_MS = [100, 200];

function jittered(ms: number): number {
  return ms * (0.8 + Math.random() * 0.4);
}

/** Our own errors carry the status of our answer; what the dependency did stands behind them. */
function behind(error: unknown): unknown {
  return error instanceof CairnError && error.cause !== undefined ? error.cause : error;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof CairnError) return undefined;
  const { status, statusCode } = (error ?? {}) as { status?: unknown; statusCode?: unknown };
  const code = status ?? statusCode;
  return typeof code === 'number' && code >= 100 && code < 600 ? code : undefined;
}

/** Why a probe failed, in the words of the seed. */
export function reasonOf(error: unknown): string {
  const seen = behind(error);
  if (seen instanceof ProbeTimeout || (seen instanceof Error && seen.name === 'DeadlineExceeded')) return 'timeout';
  const status = statusOf(seen);
  if (status !== undefined) return `http_${status}`;
  if (connectionFailureOf(seen)) return 'connection_error';
  return `exception:${seen instanceof Error ? seen.name : typeof seen}`;
}

/** One attempt; over at the deadline even when the action ignores the signal. */
async function attempt(action: ProbeAction, timeoutMs: number): Promise<void> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ProbeTimeout());
      controller.abort();
    }, timeoutMs);
  });
  try {
    await Promise.race([action(controller.signal), deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Probes a dependency with retries and a deadline per attempt; never throws. */
export async function runProbe(action: ProbeAction, { timeoutMs, retries }: { timeoutMs: number; retries: number }): Promise<DependencyState> {
  const started = performance.now();
  const state = (ok: boolean, attempts: number, reason: string | null): DependencyState => ({
    enabled: true,
    skipped: false,
    ok,
    latency_ms: Math.round((performance.now() - started) * 10) / 10,
    attempts,
    reason,
  });
  let reason = 'timeout';
  for (let attempts = 1; attempts <= retries + 1; attempts++) {
    if (attempts > 1) await sleep(jittered(RETRY_MS[attempts - 2] ?? 200), undefined, { ref: false });
    try {
      await attempt(action, timeoutMs);
      return state(true, attempts, null);
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  return state(false, retries + 1, reason);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { connectionFailureOf } from '../errors/connection-failure.js';

/** Asks a dependency for a sign of life; rejects when there is none. The signal ends it at the deadline. */
export type ProbeAction = (signal: AbortSignal) => Promise<unknown>;

/** A dependency as /readyz shows it (seed S4). */
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

/** Why a probe failed, in the words of the seed. */
export function reasonOf(error: unknown): string {
  if (error instanceof ProbeTimeout) return 'timeout';
  const status = (error as { status?: unknown; statusCode?: unknown } | null)?.status ?? (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 100 && status < 600) return `http_${status}`;
  if (connectionFailureOf(error)) return 'connection_error';
  return `exception:${error instanceof Error ? error.name : typeof error}`;
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

import { EventEmitter } from 'node:events';

const DEFAULT_BACKOFF = { firstMs: 250, maxMs: 15_000, resetAfterMs: 30_000 };

/** How long to wait before the n-th restart in a row (counted from 0): doubled each time, up to the maximum. */
export function restartDelay(failures, { firstMs, maxMs } = DEFAULT_BACKOFF) {
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures, 30));
}

/**
 * Starts what died again, as an orchestrator would: after a wait that doubles with each failure in a row and is short
 * again once the process has lived a while. An end that was asked for is left alone.
 */
export class Supervisor {
  #watched = new Map();
  #backoff;
  #log;
  #stopped = false;

  /** @param log receives a line for each death and each restart. */
  constructor({ log = () => {}, backoff = {} } = {}) {
    this.#log = log;
    this.#backoff = { ...DEFAULT_BACKOFF, ...backoff };
  }

  /** Takes care of a ManagedProcess from now on. `start` may do more than the process's own. */
  watch(unit, start = () => unit.start()) {
    if (!(unit instanceof EventEmitter)) throw new TypeError('only a ManagedProcess can be watched');
    const entry = { unit, start, failures: 0, timer: null };
    this.#watched.set(unit, entry);
    unit.on('exit', (notice) => this.#onExit(entry, notice));
  }

  /** From now on the dead stay dead. */
  stop() {
    this.#stopped = true;
    for (const entry of this.#watched.values()) clearTimeout(entry.timer);
  }

  #onExit(entry, { code, signal, expected, whileStarting }) {
    if (expected || whileStarting || this.#stopped) return; // a failed start is seen by who started it
    if (Date.now() - entry.unit.startedAt >= this.#backoff.resetAfterMs) entry.failures = 0;
    this.#schedule(entry, `${entry.unit.name} ended (${signal ?? `exit code ${code}`})`);
  }

  #schedule(entry, what) {
    const delayMs = restartDelay(entry.failures, this.#backoff);
    entry.failures += 1;
    this.#log(`${what}; starting it again in ${delayMs / 1000} s`);
    entry.timer = setTimeout(() => void this.#restart(entry), delayMs);
  }

  async #restart(entry) {
    try {
      await entry.start();
      this.#log(`${entry.unit.name} is up again (pid ${entry.unit.pid})`);
    } catch (error) {
      if (!this.#stopped) this.#schedule(entry, error.message);
    }
  }
}

import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLog, sizeOf, tailOf } from './log-file.mjs';
import { StackError } from './stack-error.mjs';

// Waits for a word on its input before it becomes the real program (same pid): by then the guard knows the pid. When
// we die in between, the input closes and it ends.
const GATE = 'read -r _ && exec "$@"';

/**
 * One server or service that can be started, stopped, killed, paused and started again.
 *
 * Emits `started` (after it became ready) and `exit` ({ code, signal, expected, whileStarting }); `expected` says that
 * we asked for the end.
 */
export class ManagedProcess extends EventEmitter {
  #child = null;
  #exited = Promise.resolve();
  #endWanted = false;
  #starting = false;
  #spec;

  /**
   * @param spec `name`; `command()` gives { file, args, env, cwd, identity? }; `isReady()` answers a boolean;
   *   `stopSteps` is a list of [signal, patienceMs], tried in order before SIGKILL; `beforeStart()` may prepare data;
   *   `logFile`; `guard`; `startTimeoutMs`; `onOutput(text)` also receives what it prints.
   */
  constructor(spec) {
    super();
    this.#spec = { stopSteps: [['SIGTERM', 5_000]], startTimeoutMs: 60_000, beforeStart: async () => {}, isReady: async () => true, ...spec };
    this.name = spec.name;
    this.startedAt = 0;
  }

  get pid() {
    return this.#child?.pid ?? null;
  }

  get running() {
    return this.#child !== null;
  }

  get starting() {
    return this.#starting;
  }

  get logFile() {
    return this.#spec.logFile;
  }

  /** Resolves when it is ready; rejects with the end of its log when it stops before that, or takes too long. */
  async start() {
    if (this.running || this.#starting) throw new Error(`${this.name} is already running`);
    this.#starting = true;
    this.#endWanted = false;
    try {
      await this.#spec.beforeStart();
      if (this.#endWanted) throw new StackError(`${this.name} was stopped before it started`);
      await this.#launch();
    } finally {
      this.#starting = false;
    }
    this.emit('started', this.pid);
  }

  /** Asks it to end, ever more firmly, and resolves when it has ended. */
  async stop({ steps = this.#spec.stopSteps } = {}) {
    this.#endWanted = true;
    for (const [signal, patienceMs] of steps) {
      if (!this.running) return;
      this.#signal('SIGCONT'); // a paused process would not see the next signal
      this.#signal(signal);
      await this.#endedWithin(patienceMs);
    }
    await this.kill();
  }

  /** Ends it without warning, as a crash would. */
  async kill(signal = 'SIGKILL') {
    this.#endWanted = true;
    this.#signal(signal);
    await this.#exited;
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Resolves when it stands still: a thread that was running may go on for a moment after the signal. */
  async pause() {
    this.#signal('SIGSTOP');
    while (this.running && !standsStill(this.pid)) await sleep(1);
  }

  resume() {
    this.#signal('SIGCONT');
  }

  /** Resolves at once when it does not run. */
  get exited() {
    return this.#exited;
  }

  async #launch() {
    const logStart = sizeOf(this.#spec.logFile);
    const child = await this.#spawn();
    const failed = await this.#untilReady(child);
    if (!failed) return;
    await this.kill();
    throw new StackError([`${this.name} ${failed}`, this.#explain(logStart)].filter(Boolean).join('\n'));
  }

  #explain(logStart) {
    const tail = tailOf(this.#spec.logFile, logStart);
    return tail && `--- the end of ${this.#spec.logFile}\n${tail}\n---`;
  }

  async #spawn() {
    const { file, args, env, cwd, identity } = this.#spec.command();
    const log = openLog(this.#spec.logFile);
    const output = this.#spec.onOutput ? 'pipe' : log;
    // A session of its own: Ctrl-C in the terminal reaches only the launcher, which stops everything in order.
    const child = spawn('/bin/sh', ['-c', GATE, this.name, file, ...args], { ...identity, env, cwd, stdio: ['pipe', output, output], detached: true });
    this.#attach(child, log);
    await once(child, 'spawn'); // rejects when there is no such user or program
    await this.#spec.guard?.watch(child.pid, this.#spec.stopSteps[0][0]);
    child.stdin.end('go\n');
    this.startedAt = Date.now();
    return child;
  }

  #attach(child, log) {
    this.#child = child;
    child.stdin.on('error', () => {}); // it ended before it read the word
    if (this.#spec.onOutput) for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => this.#output(chunk, log));
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => this.#ended(child.pid, { code, signal }, resolve));
      child.once('error', (error) => this.#ended(child.pid, { code: error.code, signal: null }, resolve));
    });
    child.once('close', () => fs.closeSync(log));
  }

  #output(chunk, log) {
    fs.writeSync(log, chunk);
    this.#spec.onOutput(chunk.toString('utf8'));
  }

  #ended(pid, { code, signal }, resolve) {
    if (!this.#child) return;
    this.#child = null;
    const notice = { code, signal, expected: this.#endWanted, whileStarting: this.#starting };
    if (pid) void this.#spec.guard?.forget(pid);
    resolve(notice);
    this.emit('exit', notice);
  }

  async #untilReady(child) {
    const deadline = Date.now() + this.#spec.startTimeoutMs;
    while (Date.now() < deadline) {
      if (this.#child !== child) return describeEnd(await this.#exited);
      if (await this.#spec.isReady()) return this.#child === child ? null : describeEnd(await this.#exited);
      await Promise.race([this.#exited, sleep(20)]);
    }
    return `did not become ready within ${this.#spec.startTimeoutMs / 1000} s`;
  }

  async #endedWithin(patienceMs) {
    const patience = new AbortController();
    await Promise.race([this.#exited, sleep(patienceMs, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
  }

  #signal(signal) {
    this.#child?.kill(signal);
  }
}

/** True for a process as `SIGSTOP` leaves it: it exists, and none of its threads does anything. */
export function standsStill(pid) {
  const threads = `/proc/${pid}/task`;
  try {
    return fs.readdirSync(threads).every((thread) => /\) T /.test(fs.readFileSync(`${threads}/${thread}/stat`, 'latin1')));
  } catch {
    return false; // a thread ended between the two looks
  }
}

function describeEnd({ code, signal }) {
  return signal ? `was ended by ${signal} while starting` : `ended with exit code ${code} while starting`;
}

import { DependencyError } from '@cairn/common/contracts';
import { DeviceNotHeldError, isDeviceHeld } from './held-device.js';
import { ModelRefusedError } from './model-files.js';
import type { RunFailure, RunResult, RunRows, RunTask, ThreadMessage, ThreadSettings } from './thread-messages.js';
import { WorkerHandle } from './worker-handle.js';

const FIRST_RESTART_MS = 100;
const SLOWEST_RESTART_MS = 10_000;

export type ThreadState = 'starting' | 'ready' | 'down' | 'stopped';

export interface InferenceThreadOptions {
  entry: URL;
  settings: ThreadSettings;
  /** A thread that has work and gives no answer for so long is taken for hung. */
  deadlineMs: number;
  startDeadlineMs: number;
  onReady: () => void;
  onDown: (error: DependencyError) => void;
}

/** The thread went down before it came to this run: it can be sent again. */
export class RunNotBegunError extends Error {}

/** The run did not fit into memory: with fewer tokens it may. */
export class OutOfMemoryError extends DependencyError {
  constructor(reason: string) {
    super('model', `The model ran out of memory: ${reason}`);
    this.name = 'OutOfMemoryError';
  }
}

const OUT_OF_MEMORY = /out of memory|bad.?alloc|allocat|OOM/i;

interface Flight {
  resolve: (result: RunResult) => void;
  reject: (error: Error) => void;
}

/** One session in a worker thread of its own. The thread is started again, ever more slowly, when it dies or hangs. */
export class InferenceThread {
  state: ThreadState = 'starting';
  provider = '';
  restarts = 0;
  /** How often in a row it went down without having given an answer in between. */
  failures = 0;
  /** Hung threads that could not be ended: only a call into ONNX Runtime that never returns does that, and only a new process cures it. */
  abandoned = 0;
  /** In the order in which they were sent; the thread works on the first. */
  private readonly flights = new Map<number, Flight>();
  private handle: WorkerHandle | undefined;
  private runsSent = 0;
  private hasStarted = false;
  private watchdog: NodeJS.Timeout | undefined;
  private restart: NodeJS.Timeout | undefined;

  constructor(private readonly options: InferenceThreadOptions) {}

  get inFlight(): number {
    return this.flights.size;
  }

  /** Resolves when the model is loaded, checked and tried; rejects when that fails, without trying again: a DeviceNotHeldError is no fault of the model. */
  async start(): Promise<void> {
    await this.spawn();
    this.hasStarted = true;
  }

  /** Rejects with a DependencyError when the thread went down over it, with a RunNotBegunError when that was another run's fault. */
  run(rows: RunRows, task: RunTask = 'each'): Promise<RunResult> {
    const { handle } = this;
    if (handle === undefined || this.state !== 'ready') return Promise.reject(new RunNotBegunError());
    const run = this.runsSent++;
    return new Promise((resolve, reject) => {
      this.flights.set(run, { resolve, reject });
      if (this.flights.size === 1) this.watch(this.options.deadlineMs);
      handle.send({ kind: 'run', run, task, rows });
    });
  }

  async stop(): Promise<void> {
    const { handle } = this;
    this.state = 'stopped';
    this.handle = undefined;
    clearTimeout(this.watchdog);
    clearTimeout(this.restart);
    this.rejectFlights(() => new DependencyError('model', 'The embedding runtime is stopping'));
    await handle?.end();
  }

  private spawn(): Promise<void> {
    this.state = 'starting';
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        this.lose(handle, error);
        reject(error);
      };
      // Looked at now: once all threads have ended, a renewal may have found that the device is ours after all.
      const failUnexplained = (error: Error) => fail(isDeviceHeld(this.options.settings.sureUntil) ? error : new DeviceNotHeldError());
      const onMessage = (message: ThreadMessage) => {
        if (this.handle !== handle) return;
        if (message.kind === 'not_held') fail(new DeviceNotHeldError());
        else if (message.kind === 'refused') fail(new ModelRefusedError(message.reason));
        else if (message.kind === 'ready') resolve(this.becomeReady(message.provider));
        else this.settle(message);
      };
      const handle: WorkerHandle = new WorkerHandle(this.options.entry, this.options.settings, { onMessage, onEnd: failUnexplained });
      this.handle = handle;
      this.watch(this.options.startDeadlineMs, failUnexplained);
    });
  }

  private becomeReady(provider: string): void {
    clearTimeout(this.watchdog);
    this.state = 'ready';
    this.provider = provider;
    this.options.onReady();
  }

  private settle(message: RunResult | RunFailure): void {
    const flight = this.flights.get(message.run);
    this.flights.delete(message.run);
    clearTimeout(this.watchdog);
    if (this.flights.size > 0) this.watch(this.options.deadlineMs);
    if (message.kind === 'vectors') this.failures = 0;
    if (message.kind === 'vectors') flight?.resolve(message);
    else flight?.reject(failureOf(message.reason));
  }

  private watch(ms: number, onLate: (error: Error) => void = (error) => this.lose(this.handle, error)): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => onLate(new Error(`The inference thread gave no answer for ${ms} ms`)), ms);
  }

  private lose(handle: WorkerHandle | undefined, cause: Error): void {
    if (handle === undefined || this.handle !== handle) return;
    this.handle = undefined;
    this.state = 'down';
    clearTimeout(this.watchdog);
    const error = new DependencyError('model', cause.message, cause);
    this.rejectFlights((isFirst) => (isFirst ? error : new RunNotBegunError()));
    void this.endLost(handle);
    if (!this.hasStarted) return;
    this.restart = setTimeout(() => this.spawnAgain(), Math.min(SLOWEST_RESTART_MS, FIRST_RESTART_MS * 2 ** this.failures++));
    this.options.onDown(error);
  }

  private async endLost(handle: WorkerHandle): Promise<void> {
    if (!(await handle.end())) this.abandoned++;
  }

  private spawnAgain(): void {
    this.restarts++;
    // A start that fails has already planned the next one.
    this.spawn().catch(() => undefined);
  }

  private rejectFlights(errorOf: (isFirst: boolean) => Error): void {
    const flights = [...this.flights.values()];
    this.flights.clear();
    for (const [at, flight] of flights.entries()) flight.reject(errorOf(at === 0));
  }
}

function failureOf(reason: string): DependencyError {
  return OUT_OF_MEMORY.test(reason) ? new OutOfMemoryError(reason) : new DependencyError('model', `The model could not run: ${reason}`);
}

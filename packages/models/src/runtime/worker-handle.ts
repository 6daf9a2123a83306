import './no-telemetry.js';
import { Worker } from 'node:worker_threads';
import { CONTROL, type RunRequest, type ThreadMessage, type ThreadSettings, type WorkerData } from './thread-messages.js';

const END_PATIENCE_MS = 2_000;

interface Listener {
  onMessage: (message: ThreadMessage) => void;
  onEnd: (cause: Error) => void;
}

/** One worker thread from its start to its end. */
export class WorkerHandle {
  private readonly control = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * Object.keys(CONTROL).length));
  private readonly worker: Worker;
  private readonly ended: Promise<'ended'>;

  constructor(entry: URL, settings: ThreadSettings, { onMessage, onEnd }: Listener) {
    const workerData: WorkerData = { settings, control: this.control };
    this.worker = new Worker(entry, { workerData, name: 'cairn-inference' });
    this.worker.on('message', onMessage);
    this.worker.on('error', onEnd);
    process.on('exit', this.waitUntilOutside);
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        process.off('exit', this.waitUntilOutside);
        resolve('ended');
        onEnd(new Error(`The inference thread ended with code ${code}`));
      });
    });
  }

  send(request: RunRequest): void {
    const given = Object.values(request.rows).filter((part) => ArrayBuffer.isView(part));
    this.worker.postMessage(
      request,
      given.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /**
   * Lets the thread finish the run it is in, and ends it. False when it cannot be ended, because a call into the model does not return:
   * it is then left alone, and ends itself should the call return one day.
   */
  async end(): Promise<boolean> {
    Atomics.store(this.control, CONTROL.ending, 1);
    this.worker.postMessage({ kind: 'end' });
    if ((await this.endsInTime()) === 'ended') return true;
    if (Atomics.load(this.control, CONTROL.insideModel) === 1) {
      this.worker.unref();
      return false;
    }
    await this.worker.terminate();
    return true;
  }

  /** process.exit() ends all threads at once: the run that one is in must be over by then. */
  private readonly waitUntilOutside = (): void => {
    Atomics.store(this.control, CONTROL.ending, 1);
    Atomics.wait(this.control, CONTROL.insideModel, 1, END_PATIENCE_MS);
  };

  private async endsInTime(): Promise<'ended' | 'late'> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), END_PATIENCE_MS);
    });
    const outcome = await Promise.race([this.ended, patience]);
    clearTimeout(timer);
    return outcome;
  }
}

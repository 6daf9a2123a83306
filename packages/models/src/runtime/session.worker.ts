import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { leaveOthersTheProcessor } from '@cairn/common/contracts';
import { DeviceNotHeldError, isDeviceHeld } from './held-device.js';
import { Session } from './session.js';
import { CONTROL, type RunRequest, type ThreadMessage, type ThreadRequest, type WorkerData } from './thread-messages.js';

const { settings, control } = workerData as WorkerData;

// A process that was stopped goes on in the middle of what it did, and another may have the device by then: only the thread itself asks late enough.
function assertDeviceIsOurs(): void {
  if (!isDeviceHeld(settings.sureUntil)) throw new DeviceNotHeldError();
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function insideModel<Result>(work: () => Promise<Result>): Promise<Result> {
  Atomics.store(control, CONTROL.insideModel, 1);
  try {
    // Read after the mark is set: whoever ends the thread writes and reads in the other order, so one of the two sees the other.
    if (Atomics.load(control, CONTROL.ending) === 1) throw new Error('The inference thread is ending');
    assertDeviceIsOurs();
    // Failures too: what fails beside another's model, for want of memory say, may work when the device is ours.
    return await work().finally(assertDeviceIsOurs);
  } finally {
    Atomics.store(control, CONTROL.insideModel, 0);
    Atomics.notify(control, CONTROL.insideModel);
  }
}

async function answer(session: Session, { run, task, rows }: RunRequest): Promise<ThreadMessage> {
  const startedAt = performance.now();
  try {
    const pooled = await insideModel(() => session.run(rows, task));
    return { kind: 'vectors', run, ...pooled, tookMs: performance.now() - startedAt };
  } catch (error) {
    return { kind: 'failed', run, reason: reasonOf(error) };
  }
}

async function serve(port: MessagePort): Promise<void> {
  const send = (message: ThreadMessage) => port.postMessage(message, message.kind === 'vectors' ? [message.vectors.buffer as ArrayBuffer] : []);
  if (settings.isInBackground) leaveOthersTheProcessor();
  let session: Session;
  try {
    session = await insideModel(() => Session.open(settings));
  } catch (error) {
    send(error instanceof DeviceNotHeldError ? { kind: 'not_held' } : { kind: 'refused', reason: reasonOf(error) });
    return;
  }
  // One after another: a second run beside the first gains nothing and doubles the memory.
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: ThreadRequest) => {
    last = last.then(async () => {
      if (request.kind === 'end') port.close();
      else send(await answer(session, request));
    });
  });
  send({ kind: 'ready', provider: session.provider });
}

if (parentPort === null) throw new Error('This file is the start of an inference thread, not to be imported');
void serve(parentPort);

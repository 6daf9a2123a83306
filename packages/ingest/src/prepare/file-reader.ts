import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PermanentJobError } from '@cairn/common/contracts';
import { ChildEndedError } from '../child/child-ended-error.js';
import { PARSE_CHILD_LIMITS } from '../parse/parse-limits.js';
import type { FileText, ParseOptions, ParseReply, ParseRequest } from './parse-messages.js';

const ENTRY = new URL('./parse.thread.js', import.meta.url);
// Copied in a few milliseconds.
const COPIED_AT_ONCE = 8_000_000;
// What the largest files give, taken apart: 100 MB of JSON with two million values.
const MEMORY_MB = 1_536;

interface Waiting {
  resolve(text: FileText): void;
  reject(error: Error): void;
}

/**
 * Reads files like `parseFile`, whose processes are started by a thread that takes in what they say: 10 MB of text would keep the event loop of a service
 * for a tenth of a second. The thread begins with the first file; one that died is replaced when the next one comes.
 */
export class FileReader {
  private readonly waiting = new Map<number, Waiting>();
  private thread: Worker | undefined;
  private files = 0;
  private stopped = false;

  /** The text of a file, or of a text that is written in some format. Rejects with a PermanentJobError, or a ChildEndedError where another try may do better. */
  async read(file: Uint8Array | string, { signal, ...choice }: ParseOptions & { signal: AbortSignal }): Promise<FileText> {
    const shared = typeof file === 'string' ? file : await sharedCopyOf(file);
    signal.throwIfAborted();
    if (this.stopped) throw new Error('The thread that reads files is stopped');
    const id = ++this.files;
    this.thread ??= this.begin();
    const answer = new Promise<FileText>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    const abort = () => this.abort(id, signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    this.thread.postMessage({ kind: 'parse', id, file: shared, choice } satisfies ParseRequest);
    return await answer.finally(() => signal.removeEventListener('abort', abort));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.rejectAll(new Error('The service ends'));
    await this.thread?.terminate();
  }

  private begin(): Worker {
    const thread = new Worker(ENTRY, { name: 'cairn-parsing', resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, execArgv: [] });
    const end = (cause: Error) => {
      if (this.thread !== thread) return;
      this.thread = undefined;
      this.rejectAll(new ChildEndedError('crash', PARSE_CHILD_LIMITS, cause));
    };
    thread.on('message', (reply: ParseReply) => this.settle(reply));
    thread.on('error', end);
    thread.on('exit', (code) => end(new Error(`The thread ended with code ${code}`)));
    thread.unref();
    return thread;
  }

  private abort(id: number, reason: Error): void {
    this.thread?.postMessage({ kind: 'abort', id } satisfies ParseRequest);
    this.waiting.get(id)?.reject(reason);
    this.waiting.delete(id);
  }

  private rejectAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private settle(reply: ParseReply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === 'parsed') waiting?.resolve(reply.text);
    else if (reply.kind === 'refused') waiting?.reject(new PermanentJobError(reply.code, reply.message));
    else if (reply.kind === 'ended') waiting?.reject(new ChildEndedError(reply.reason, PARSE_CHILD_LIMITS));
    else waiting?.reject(new Error(`Reading a file failed: ${reply.message}`));
  }
}

/** Memory that a thread sees too. A hundred megabytes in one go take as many milliseconds. */
async function sharedCopyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  for (let at = 0; at < bytes.length; at += COPIED_AT_ONCE) {
    if (at > 0) await nextTurn();
    copy.set(bytes.subarray(at, at + COPIED_AT_ONCE), at);
  }
  return copy;
}

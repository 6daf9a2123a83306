import { Worker } from 'node:worker_threads';
import { PermanentJobError } from '@cairn/common/contracts';
import type { EmbedTexts } from '../chunk/chunk.js';
import type { Extracted } from '../extract/extract.js';
import {
  BEGUN,
  type ChunkingAnswer,
  type ChunkingReply,
  type ChunkingRequest,
  type ChunkingThreadData,
  type ChunkWork,
  type ExtractWork,
  IN_HAND,
  type PreviewWork,
  type Slice,
  type TextPreview,
} from './chunking-messages.js';

export interface ChunkingLimits {
  /** How long a thread may work on one slice of a text. */
  stepSeconds: number;
  /** What the texts of a thread may take, its tokenizers among them. */
  memoryMb: number;
}

/** The thread ended through no fault of this text: it can be begun anew in another one. */
export class ThreadLost extends Error {
  constructor(cause: Error) {
    super('The thread that was cutting this text broke down', { cause });
    this.name = 'ThreadLost';
  }
}

const tooSlow = ({ stepSeconds }: ChunkingLimits) =>
  new PermanentJobError('chunking_too_slow', `Cutting this text into chunks took longer than ${stepSeconds} seconds, so it was given up.`);
const tooLarge = ({ memoryMb }: ChunkingLimits) =>
  new PermanentJobError('chunking_too_large', `Cutting this text into chunks needs more than ${memoryMb} MB of memory, so it was given up.`);

const ENTRY = new URL('./chunking.thread.js', import.meta.url);
const LOOKS_EVERY_MS = 1_000;

interface Waiting {
  resolve(answer: ChunkingAnswer): void;
  reject(error: Error): void;
  embed: EmbedTexts | undefined;
}

export interface Asking {
  id: number;
  embed?: EmbedTexts | undefined;
  signal: AbortSignal;
}

/** One thread that cuts texts, from its start to its end: several texts by turns, a slice of each at a time. */
export class ChunkingThread {
  private readonly state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  private readonly waiting = new Map<number, Waiting>();
  /** The texts that somebody has opened and not closed, and those that it has not answered yet: it may work on one that nobody waits for any more. */
  private readonly open = new Set<number>();
  private readonly unanswered = new Set<number>();
  private readonly worker: Worker;
  private readonly watch: NodeJS.Timeout;
  private seen = { begun: 0, times: 0 };
  private ended: Error | undefined;

  constructor(
    private readonly limits: ChunkingLimits,
    private readonly onEnd: () => void,
  ) {
    const workerData: ChunkingThreadData = { state: this.state };
    const resourceLimits = { maxOldGenerationSizeMb: limits.memoryMb };
    this.worker = new Worker(ENTRY, { name: 'cairn-chunking', workerData, resourceLimits, execArgv: [] });
    this.worker.on('message', (reply: ChunkingReply) => void this.take(reply));
    this.worker.on('error', (error) => this.finish(error));
    this.worker.on('exit', (code) => this.finish(new Error(`The thread ended with code ${code}`)));
    this.worker.unref();
    this.watch = setInterval(() => this.look(), LOOKS_EVERY_MS).unref();
  }

  get isBusy(): boolean {
    return this.unanswered.size > 0;
  }

  /** How many it has. */
  get texts(): number {
    return new Set([...this.open, ...this.unanswered]).size;
  }

  /** The slices of a text. While one is used, the next one is made. */
  async *slices(work: ChunkWork, asking: Asking): AsyncGenerator<Slice> {
    this.open.add(asking.id);
    let ahead: Promise<Slice> | undefined = this.ask({ kind: 'begin', id: asking.id, work }, asking) as Promise<Slice>;
    try {
      while (ahead !== undefined) {
        const slice: Slice = await ahead;
        ahead = slice.isLast ? undefined : (this.ask({ kind: 'next', id: asking.id }, asking) as Promise<Slice>);
        // Whoever takes the slices may stop before it comes.
        ahead?.catch(() => undefined);
        yield slice;
      }
    } finally {
      this.close(asking.id);
    }
  }

  async preview(work: PreviewWork, asking: Asking): Promise<TextPreview> {
    const answer = await this.askOnce({ kind: 'preview', id: asking.id, work }, asking);
    return (answer as Extract<ChunkingAnswer, { kind: 'preview' }>).preview;
  }

  async extract(work: ExtractWork, asking: Asking): Promise<Extracted> {
    const answer = await this.askOnce({ kind: 'extract', id: asking.id, work }, asking);
    return (answer as Extract<ChunkingAnswer, { kind: 'extracted' }>).extracted;
  }

  async end(reason: Error): Promise<void> {
    this.finish(reason);
    await this.worker.terminate();
  }

  private async askOnce(request: ChunkingRequest, asking: Asking): Promise<ChunkingAnswer> {
    this.open.add(asking.id);
    try {
      return await this.ask(request, asking);
    } finally {
      this.close(asking.id);
    }
  }

  private ask(request: ChunkingRequest, { id, embed, signal }: Asking): Promise<ChunkingAnswer> {
    if (this.ended !== undefined) return Promise.reject(new ThreadLost(this.ended));
    signal.throwIfAborted();
    return new Promise<ChunkingAnswer>((resolve, reject) => {
      const abort = () => this.fail(id, signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      const settled = () => signal.removeEventListener('abort', abort);
      this.waiting.set(id, {
        embed,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
      this.unanswered.add(id);
      this.worker.postMessage(request);
    });
  }

  private close(id: number): void {
    this.open.delete(id);
    this.waiting.delete(id);
    this.worker.postMessage({ kind: 'close', id } satisfies ChunkingRequest);
  }

  private async take(reply: ChunkingReply): Promise<void> {
    const { id } = reply;
    const waiting = this.waiting.get(id);
    if (reply.kind === 'embed') return await this.embed(id, reply.texts, waiting);
    this.unanswered.delete(id);
    if (reply.kind === 'refused') return this.fail(id, new PermanentJobError(reply.code, reply.message));
    if (reply.kind === 'failed') return this.fail(id, new Error(`Cutting a text into chunks failed: ${reply.message}`));
    this.waiting.delete(id);
    waiting?.resolve(reply);
  }

  /** A text that nobody waits for any more is closed already, and the thread knows. */
  private async embed(id: number, texts: string[], waiting: Waiting | undefined): Promise<void> {
    if (waiting === undefined) return;
    try {
      if (waiting.embed === undefined)
        throw new PermanentJobError('chunking_needs_model', 'This text is to be cut by meaning, which needs a model that makes vectors of texts.');
      const vectors = await waiting.embed(texts);
      this.worker.postMessage({ kind: 'vectors', id, vectors } satisfies ChunkingRequest);
    } catch (error) {
      this.fail(id, error as Error);
      this.worker.postMessage({ kind: 'no-vectors', id } satisfies ChunkingRequest);
    }
  }

  private fail(id: number, error: Error): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.reject(error);
  }

  /** Counts looks and not seconds: a process that was stopped for a minute has not worked for a minute. */
  private look(): void {
    const begun = Atomics.load(this.state, BEGUN);
    if (Atomics.load(this.state, IN_HAND) === 0 || begun !== this.seen.begun) this.seen = { begun, times: 0 };
    else if (++this.seen.times * LOOKS_EVERY_MS >= this.limits.stepSeconds * 1_000) void this.giveUp();
  }

  private async giveUp(): Promise<void> {
    this.fail(Atomics.load(this.state, IN_HAND), tooSlow(this.limits));
    await this.end(new Error('The thread was ended because a text took too long'));
  }

  private finish(error: Error): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    clearInterval(this.watch);
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') this.fail(Atomics.load(this.state, IN_HAND), tooLarge(this.limits));
    for (const id of [...this.waiting.keys()]) this.fail(id, new ThreadLost(error));
    this.onEnd();
  }
}

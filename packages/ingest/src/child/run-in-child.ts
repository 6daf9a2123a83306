import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ANSWER_FD } from './answer-parent.js';
import { type ChildEnd, ChildEndedError } from './child-ended-error.js';
import { type ChildLimits, limitedNode } from './child-limits.js';
import { answeredBy, readAnswer } from './read-answer.js';

export interface ChildTask {
  /** A file that calls `answerParent`. */
  entry: URL;
  /** What it gets beside the bytes; visible in the list of processes, so never anybody's text. */
  options: object;
  bytes: Uint8Array;
  limits: ChildLimits;
  signal?: AbortSignal | undefined;
}

const LAST_WORDS_BYTES = 8_192;
// As Node, V8, libvips and C++ put it. V8 may also be refused the right to use memory that it had reserved.
const OUT_OF_MEMORY = /out of memory|bad_alloc|allocation failed|failed to allocate|could not allocate|SetPermissions|ENOMEM/i;

/**
 * Does a piece of work in a process of its own that lives for it alone, without our environment, within limits. Whatever becomes of it,
 * this process goes on: a refusal (`PermanentJobError`) is thrown as the child threw it, any other end is a `ChildEndedError`.
 * The answer is what a process said that may have been taken over by a hostile file: check its shape.
 */
export async function runInChild({ entry, options, bytes, limits, signal }: ChildTask): Promise<unknown> {
  signal?.throwIfAborted();
  const [command, args] = limitedNode(limits, [fileURLToPath(entry), JSON.stringify(options)]);
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env: {}, cwd: '/' });
  const run = new ChildRun(child, limits);
  const abort = () => run.stop('crash');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    feed(child.stdin as Writable, bytes);
    return await run.answer();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function feed(stdin: Writable, bytes: Uint8Array): void {
  // A child that ends before it has read everything: how it ended says why.
  stdin.on('error', () => undefined);
  stdin.end(bytes);
}

/** One child from its start to its end. */
class ChildRun {
  private readonly output: Buffer[] = [];
  private outputBytes = 0;
  private lastWords = '';
  private stoppedFor: ChildEnd | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly limits: ChildLimits,
  ) {
    (child.stdio[ANSWER_FD] as Readable).on('data', (chunk: Buffer) => this.take(chunk));
    (child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.lastWords = (this.lastWords + text).slice(-LAST_WORDS_BYTES);
    });
  }

  stop(reason: ChildEnd): void {
    this.stoppedFor ??= reason;
    this.child.kill('SIGKILL');
  }

  async answer(): Promise<unknown> {
    const timer = setTimeout(() => this.stop('time'), this.limits.wallSeconds * 1_000);
    try {
      const [code, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null];
      const reason = this.stoppedFor ?? this.endOf(code, signal);
      if (reason !== undefined) throw new ChildEndedError(reason, this.limits, new Error(`${signal ?? code}: ${this.lastWords}`));
    } finally {
      clearTimeout(timer);
    }
    return this.said();
  }

  private take(chunk: Buffer): void {
    this.outputBytes += chunk.length;
    if (this.outputBytes > this.limits.outputBytes) this.stop('output');
    else this.output.push(chunk);
  }

  private endOf(code: number | null, signal: NodeJS.Signals | null): ChildEnd | undefined {
    if (code === 0 && this.outputBytes > 0) return undefined;
    if (signal === 'SIGXCPU') return 'cpu';
    return OUT_OF_MEMORY.test(this.lastWords) ? 'memory' : 'crash';
  }

  private said(): unknown {
    const said = readAnswer(Buffer.concat(this.output));
    if (said === undefined) throw new ChildEndedError('crash', this.limits);
    return answeredBy(said);
  }
}

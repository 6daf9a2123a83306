import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ANSWER_FD, type ChildAnswer } from './answer-parent.js';
import { type ChildLimits, limitedNode } from './child-limits.js';
import { frameOf, framesIn } from './frames.js';
import { readAnswer } from './read-answer.js';

/** What it is given to do: `options` and `bytes` as of `runInChild`. */
export interface SharedTask {
  options: object;
  bytes: Uint8Array;
  signal?: AbortSignal | undefined;
}

/**
 * A process that does one piece of work after the other. A process of its own for each (`runInChild`) costs as much as some hundred of small texts do.
 * Whatever goes wrong, the process ends and nothing is said of the work that it had: it is for `runInChild` to find out whose fault that was.
 */
export class SharedChild {
  private readonly child: ChildProcess;
  private readonly answers: AsyncGenerator<Buffer, undefined>;
  private done = 0;
  isAlive = true;

  constructor(
    entry: URL,
    private readonly limits: ChildLimits,
  ) {
    const [command, args] = limitedNode(limits, [fileURLToPath(entry)]);
    this.child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore', 'pipe'], env: {}, cwd: '/' });
    this.child.on('exit', () => this.end()).on('error', () => this.end());
    // A process that could not begin, for want of memory or descriptors, has neither.
    const { stdin, stdio } = this.child as { stdin: Writable | null; stdio?: ChildProcess['stdio'] };
    if (!stdin || !stdio?.[ANSWER_FD]) throw new Error('A process that reads files could not be started');
    stdin.on('error', () => this.end());
    this.answers = framesIn(stdio[ANSWER_FD] as Readable, limits.outputBytes);
    this.leaveAlone();
  }

  /** How many pieces of work it has done. */
  get used(): number {
    return this.done;
  }

  /** What the work was answered with, a refusal perhaps; undefined where the process ended before. One piece of work at a time. */
  async run({ options, bytes, signal }: SharedTask): Promise<ChildAnswer | undefined> {
    const end = () => this.end();
    const timer = setTimeout(end, this.limits.wallSeconds * 1_000);
    signal?.addEventListener('abort', end, { once: true });
    try {
      for (const part of [Buffer.from(JSON.stringify(options)), bytes]) for (const piece of frameOf(part)) this.child.stdin?.write(piece);
      const { value } = await this.answers.next();
      const answer = value === undefined ? undefined : readAnswer(value);
      if (answer === undefined) this.end();
      return answer;
    } catch {
      this.end();
      return undefined;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      this.done += 1;
    }
  }

  end(): void {
    this.isAlive = false;
    this.child.kill('SIGKILL');
  }

  // It keeps no process alive that has nothing else to do: while there is work, who waits for it does.
  private leaveAlone(): void {
    this.child.unref();
    for (const pipe of [this.child.stdin, this.child.stdio[ANSWER_FD]] as (Writable & { unref?(): void })[]) pipe.unref?.();
  }
}

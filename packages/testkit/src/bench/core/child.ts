import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export type Message = { kind: string; [field: string]: unknown };

/** A worker of a bench as a process of its own: it says `ready`, answers requests by their kind, and ends when told to `stop`. */
export class Child {
  private readonly waiting = new Map<string, (message: Message) => void>();
  private ended: Error | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.receive(message as Message));
    child.on('exit', (code, signal) => this.end(new Error(`a process of the bench ended with ${code ?? signal}`)));
  }

  static async start(file: URL, settings: Record<string, unknown>): Promise<Child> {
    const process = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const child = new Child(process);
    const ready = child.next('ready');
    process.send({ kind: 'settings', ...settings });
    await ready;
    return child;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Sends the question and resolves with the next message of that kind. */
  ask(question: Message, answer: string): Promise<Message> {
    const next = this.next(answer);
    this.child.send(question);
    return next;
  }

  /** Ends the process in good order. */
  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    await this.ask({ kind: 'stop' }, 'stopped');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }

  private next(kind: string): Promise<Message> {
    if (this.ended) return Promise.reject(this.ended);
    return new Promise((resolve, reject) => {
      this.waiting.set(kind, (message) => (message.kind === 'failed' ? reject(new Error(String(message.error))) : resolve(message)));
    });
  }

  private receive(message: Message): void {
    if (message.kind === 'failed') this.end(new Error(String(message.error)));
    const waiting = this.waiting.get(message.kind);
    this.waiting.delete(message.kind);
    waiting?.(message);
  }

  private end(error: Error): void {
    this.ended = error;
    for (const waiting of this.waiting.values()) waiting({ kind: 'failed', error: error.message });
    this.waiting.clear();
  }
}

import { Worker } from 'node:worker_threads';
import { DependencyError } from '@cairn/common/contracts';

export interface ThreadRequest<Request> {
  id: number;
  request: Request;
}

export type ThreadAnswer<Answer> = { id: number; answer: Answer } | { id: number; error: string };

interface Flight<Answer> {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

export interface ThreadEntry {
  /** A file that calls `answerRequests`. */
  entry: URL;
  name: string;
  workerData?: unknown;
}

/** A thread that computes what would keep the process from everything else. It begins with the first request, and does not keep the process alive. */
export class AnsweringThread<Request, Answer> {
  private readonly flights = new Map<number, Flight<Answer>>();
  private thread: Worker | undefined;
  private asked = 0;
  private stopped = false;

  constructor(private readonly options: ThreadEntry) {}

  ask(request: Request): Promise<Answer> {
    if (this.stopped) return Promise.reject(this.outage());
    const id = this.asked++;
    this.thread ??= this.begin();
    this.thread.postMessage({ id, request } satisfies ThreadRequest<Request>);
    return new Promise((resolve, reject) => this.flights.set(id, { resolve, reject }));
  }

  /** What is in hand is rejected, and whatever comes: as an outage, because it is no fault of what was asked. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.rejectFlights(this.outage());
    await this.thread?.terminate();
  }

  /** A thread that died is replaced when the next request comes; what it had in hand fails. */
  private begin(): Worker {
    const { entry, name, workerData } = this.options;
    const thread = new Worker(entry, { name, workerData, execArgv: [] });
    const end = (error: Error) => {
      if (this.thread !== thread) return;
      this.thread = undefined;
      this.rejectFlights(error);
    };
    thread.on('message', (answer: ThreadAnswer<Answer>) => this.settle(answer));
    thread.on('error', end);
    thread.on('exit', (code) => end(new Error(`The thread ${name} ended with code ${code}`)));
    thread.unref();
    return thread;
  }

  private rejectFlights(error: Error): void {
    for (const { reject } of this.flights.values()) reject(error);
    this.flights.clear();
  }

  private outage(): DependencyError {
    return new DependencyError('model', `The thread ${this.options.name} is stopped`);
  }

  private settle(answer: ThreadAnswer<Answer>): void {
    const flight = this.flights.get(answer.id);
    this.flights.delete(answer.id);
    if ('answer' in answer) flight?.resolve(answer.answer);
    else flight?.reject(new Error(`${this.options.name}: ${answer.error}`));
  }
}

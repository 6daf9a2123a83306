import { Worker } from 'node:worker_threads';
import type { MadeVector } from '@cairn/common';

export type Words = Pick<MadeVector, 'terms' | 'language'>;

export interface WordsRequest {
  id: number;
  texts: string[];
}

export type WordsAnswer = { id: number; words: Words[] } | { id: number; error: string };

interface Flight {
  resolve: (words: Words[]) => void;
  reject: (error: Error) => void;
}

const THREAD_ENTRY = new URL('./words.thread.js', import.meta.url);

/** Finds the words of texts in a thread of its own: a megabyte takes half a second, and leases have to be renewed meanwhile. */
export class TextWords {
  private readonly flights = new Map<number, Flight>();
  private thread: Worker | undefined;
  private asked = 0;

  /** The words of each text, as they are stored beside its vector; nothing for a text that has none. */
  of(texts: string[]): Promise<Words[]> {
    const request: WordsRequest = { id: this.asked++, texts };
    this.thread ??= this.begin();
    this.thread.postMessage(request);
    return new Promise((resolve, reject) => this.flights.set(request.id, { resolve, reject }));
  }

  async stop(): Promise<void> {
    await this.thread?.terminate();
  }

  /** A thread that died is replaced when the next text comes; what it had in hand fails, and its jobs are tried again. */
  private begin(): Worker {
    const thread = new Worker(THREAD_ENTRY, { name: 'cairn-words', execArgv: [] });
    const end = (error: Error) => {
      if (this.thread !== thread) return;
      this.thread = undefined;
      for (const { reject } of this.flights.values()) reject(error);
      this.flights.clear();
    };
    thread.on('message', (answer: WordsAnswer) => this.settle(answer));
    thread.on('error', end);
    thread.on('exit', (code) => end(new Error(`The thread that finds words ended with code ${code}`)));
    thread.unref();
    return thread;
  }

  private settle(answer: WordsAnswer): void {
    const flight = this.flights.get(answer.id);
    this.flights.delete(answer.id);
    if ('words' in answer) flight?.resolve(answer.words);
    else flight?.reject(new Error(`The words of a text could not be found: ${answer.error}`));
  }
}

import type { Provider } from './provider.js';
import type { RunnableModel } from './towers.js';

/** What an inference thread is given at its start. */
export interface ThreadSettings {
  model: RunnableModel;
  /** Threads that ONNX Runtime uses inside one run. */
  threads: number;
  provider: Provider;
  /** Nobody waits for its answers: it computes while others leave it time. */
  isInBackground: boolean;
  /** Until when the device that it shares is ours, by `process.hrtime.bigint()`; absent where it shares none. */
  sureUntil?: BigInt64Array | undefined;
}

/**
 * Two numbers that both sides see at once. A thread that is ended inside ONNX Runtime takes the whole process with it (the call throws
 * into a closed JavaScript context when it returns), so the owner must know where it is.
 */
export const CONTROL = { insideModel: 0, ending: 1 } as const;

export interface WorkerData {
  settings: ThreadSettings;
  control: Int32Array;
}

/** What is wanted of the rows: what the model makes of each (a vector, or a reranker's score), or how well each but the first answers the first. */
export type RunTask = 'each' | 'compare';

/** Token ids one after another, and how many each row has. */
export interface TextRows {
  ids: Int32Array;
  lengths: Int32Array;
  /** Which of two texts each token belongs to; absent when there is one. */
  types?: Int32Array | undefined;
}

/** What a model sees of images, one after another. */
export interface PictureRows {
  pixels: Float32Array;
  count: number;
}

/** They are given away to the thread. */
export type RunRows = TextRows | PictureRows;

/** One run. */
export interface RunRequest {
  kind: 'run';
  run: number;
  task: RunTask;
  rows: RunRows;
}

/** Finish what is being computed, begin nothing more, and end. */
export interface EndRequest {
  kind: 'end';
}

export type ThreadRequest = RunRequest | EndRequest;

export interface RunResult {
  kind: 'vectors';
  run: number;
  /** One after another; of a reranker, one number for each row; for a comparison, one for each row but the first. */
  vectors: Float32Array;
  unusable: number[];
  /** How long the model took, without the waiting. */
  tookMs: number;
}

export interface RunFailure {
  kind: 'failed';
  run: number;
  reason: string;
}

/** Why a thread did not start: the model cannot be used, or the device was not certainly ours. Only the thread can tell them apart. */
export type StartFailure = { kind: 'refused'; reason: string } | { kind: 'not_held' };

export type ThreadMessage = { kind: 'ready'; provider: Provider } | StartFailure | RunResult | RunFailure;

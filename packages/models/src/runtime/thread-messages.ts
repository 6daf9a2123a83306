import type { OnnxModel } from '../catalogue/model.js';
import type { Provider } from './provider.js';

/** What an inference thread is given at its start. */
export interface ThreadSettings {
  model: OnnxModel;
  /** Threads that ONNX Runtime uses inside one run. */
  threads: number;
  provider: Provider;
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

/** What is wanted of the rows: a vector of each, or how well each but the first answers the first. */
export type RunTask = 'embed' | 'compare';

/** One run: the rows' token ids one after another, and how many each row has. */
export interface RunRequest {
  kind: 'run';
  run: number;
  task: RunTask;
  ids: Int32Array;
  lengths: Int32Array;
}

/** Finish what is being computed, begin nothing more, and end. */
export interface EndRequest {
  kind: 'end';
}

export type ThreadRequest = RunRequest | EndRequest;

export interface RunResult {
  kind: 'vectors';
  run: number;
  /** One after another; for a comparison, one number for each row but the first. */
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

export type ThreadMessage = { kind: 'ready'; provider: Provider } | { kind: 'refused'; reason: string } | RunResult | RunFailure;

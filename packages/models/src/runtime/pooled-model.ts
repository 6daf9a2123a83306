import { stat } from 'node:fs/promises';
import { EmbeddingRuntime } from './embedding-runtime.js';
import type { RuntimeOptions } from './make-lane.js';
import { pathOf } from './model-files.js';
import { RerankerRuntime } from './reranker-runtime.js';
import type { RunnableModel } from './towers.js';
import { VisionRuntime } from './vision-runtime.js';

/** Two sessions hold the weights and what they compute, and leave behind what was read: a process was measured to grow by 263 MB for 22, and by 500 for 90. */
const MEMORY_PER_FILE_BYTE = 5;
const MEMORY_PER_MODEL = 150_000_000;

export type ModelRuntime = EmbeddingRuntime | RerankerRuntime | VisionRuntime;

/** A model of a pool, or a tower of it, in memory or not. */
export interface PooledModel {
  model: RunnableModel;
  /** What it takes in memory, by estimate. */
  bytes: number;
  /** Once it has loaded. */
  loaded: ModelRuntime | undefined;
}

/** A use of a loaded model, which stays until the end of it. */
export interface Stay {
  runtime: ModelRuntime;
  end(): void;
}

/** Decides which models of a pool are in memory, and when. */
export interface Residence {
  /** Loads the model if it must. A wait for a device ends when the signal is aborted. */
  enter(member: PooledModel, signal?: AbortSignal): Promise<Stay>;
  stop(): Promise<void>;
}

export async function pooledModelOf(model: RunnableModel): Promise<PooledModel> {
  const { size } = await stat(pathOf(model, model.files.model)).catch(() => ({ size: 0 }));
  const all = (model.files.data ?? []).reduce((sum, file) => sum + file.size, size);
  return { model, bytes: MEMORY_PER_MODEL + all * MEMORY_PER_FILE_BYTE, loaded: undefined };
}

export type LoadOptions = Omit<RuntimeOptions<RunnableModel>, 'model'>;

export function startRuntime(model: RunnableModel, options: LoadOptions): Promise<ModelRuntime> {
  if (model.kind === 'vision-tower') return VisionRuntime.start({ ...options, model });
  return model.kind === 'reranker' ? RerankerRuntime.start({ ...options, model }) : EmbeddingRuntime.start({ ...options, model });
}

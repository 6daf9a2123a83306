import { CairnError, type DeviceClaim, type DeviceLock, type HeldDevice } from '@cairn/common/contracts';
import type { ModelName } from '../catalogue/model.js';
import { eventOf, type LeaseEvent } from '../device/lease-event.js';
import type { Embedding } from '../runtime/embed-call.js';
import type { EmbeddingRuntime } from '../runtime/embedding-runtime.js';
import type { Ensemble } from './ensemble.js';
import { type MixedVectors, mixVectors } from './weighted-mean.js';

const BATCH_SIZE = 256;
const LEASE_WAIT_MS = 600_000;

/** A model that is on the device now. */
export type LoadedModel = Pick<EmbeddingRuntime, 'embedDocuments' | 'stop'>;

export interface EnsembleRun<M extends ModelName> {
  ensemble: Ensemble<M>;
  texts: readonly string[];
  lock: DeviceLock;
  load: (model: M) => Promise<LoadedModel>;
  /** Whether the device is still held is asked before each batch. */
  batchSize?: number;
  leaseWaitMs?: number;
  signal?: AbortSignal;
  onLease?: (event: LeaseEvent) => void;
  onWait?: DeviceClaim['onWait'];
  /** Is given all embeddings of a model while the device is still held: here they can be written down in a transaction that asks for the lease too. */
  keep?: (made: ModelEmbeddings<M>) => Promise<void>;
}

export interface ModelEmbeddings<M extends ModelName> {
  model: M;
  /** One for each text, in order. */
  embeddings: Embedding[];
}

export interface EnsembleResult<M extends ModelName> extends MixedVectors {
  models: ModelEmbeddings<M>[];
}

/**
 * Embeds the texts with one model after another and mixes their vectors. A model is on the device only while the device is held for it: acquire, load,
 * embed, unload, release. Rejects with the first error, when everything is released, and with a DeviceLostError when another took the device.
 */
export async function runEnsemble<M extends ModelName>(run: EnsembleRun<M>): Promise<EnsembleResult<M>> {
  const { batchSize = BATCH_SIZE } = run;
  if (!(batchSize >= 1)) throw new CairnError('invalid_input', `A batch of ${batchSize} texts is none. Choose 1 or more.`);
  const models: ModelEmbeddings<M>[] = [];
  for (const { model } of run.ensemble.members) models.push(await runModel(run, model));
  const byModel = models.map(({ embeddings }) => embeddings.map(({ vector }) => vector));
  return { models, ...mixVectors(run.ensemble, byModel) };
}

async function runModel<M extends ModelName>(run: EnsembleRun<M>, model: M): Promise<ModelEmbeddings<M>> {
  const { leaseWaitMs: waitMs = LEASE_WAIT_MS, signal, onWait } = run;
  const asked = performance.now();
  const held = await run.lock.acquire({ model: model.id, waitMs, signal, onWait });
  try {
    return await embedAndTell(run, model, held, Math.round(performance.now() - asked));
  } finally {
    await held.release();
  }
}

async function embedAndTell<M extends ModelName>(run: EnsembleRun<M>, model: M, held: HeldDevice, waited_ms: number): Promise<ModelEmbeddings<M>> {
  run.onLease?.({ ...eventOf('acquire', model, held), waited_ms });
  try {
    return await embedAndKeep(run, model, held);
  } finally {
    // Before it is released: the times of two holders must not overlap.
    run.onLease?.(eventOf('release', model, held));
  }
}

async function embedAndKeep<M extends ModelName>(run: EnsembleRun<M>, model: M, held: HeldDevice): Promise<ModelEmbeddings<M>> {
  const loaded = await run.load(model);
  try {
    const made = { model, embeddings: await embedAll(run, loaded, held) };
    await run.keep?.(made);
    return made;
  } finally {
    await loaded.stop();
  }
}

async function embedAll<M extends ModelName>(run: EnsembleRun<M>, loaded: LoadedModel, held: HeldDevice): Promise<Embedding[]> {
  const { texts, batchSize = BATCH_SIZE, signal } = run;
  const embeddings: Embedding[] = [];
  while (embeddings.length < texts.length) {
    signal?.throwIfAborted();
    await held.check();
    const batch = texts.slice(embeddings.length, embeddings.length + batchSize);
    embeddings.push(...(await loaded.embedDocuments(batch, { signal })));
  }
  // The last batch counts only if the device was ours to its end.
  await held.check();
  return embeddings;
}

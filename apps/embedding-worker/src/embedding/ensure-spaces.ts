import { type Database, isRegistered, type Logger, PermanentJobError, pause, registerSpace } from '@cairn/common';
import { type ModelName, spaceOf } from '@cairn/models/catalogue';
import type { QdrantGateway, SpaceSpec, VectorStorage } from '@cairn/retrieval';

const RETRY_MS = 1_000;

/** Makes the spaces of the models in use and registers them; keeps trying until Qdrant is there. One that is registered is the reconciler's to make again. */
export async function ensureSpaces(
  models: readonly ModelName[],
  parts: { database: Database; gateway: QdrantGateway; storage: VectorStorage; logger: Logger; signal: AbortSignal },
): Promise<void> {
  const { database, gateway, storage, logger, signal } = parts;
  for (const model of models) {
    for (let done = false; !done && !signal.aborted; ) {
      try {
        await ensureSpace({ space: spaceOf(model), dimension: model.dimension, distance: 'Cosine', knobs: { storage } }, database, gateway);
        done = true;
      } catch (error) {
        if (error instanceof PermanentJobError) throw error; // the space is there and is another one: no waiting helps
        logger.warn({ space: spaceOf(model), error: (error as Error).message }, 'a vector space could not be made yet');
        await pause(RETRY_MS, signal);
      }
    }
  }
}

async function ensureSpace(spec: SpaceSpec, database: Database, gateway: QdrantGateway): Promise<void> {
  if (await isRegistered(database, spec.space)) return gateway.expectSpace(spec);
  await gateway.ensureSpace(spec);
  await registerSpace(database, { name: spec.space, dimension: spec.dimension });
}

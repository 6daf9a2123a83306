import { totalmem } from 'node:os';
import { type Database, type ModelsConfig, patiently, pause, type RegisteredModel, registerModel, SERVES_EVERY_MS, serveModels } from '@cairn/common';
import {
  BUILT_IN_MODEL,
  type EnsembleModel,
  fingerprintOf,
  type InstalledModel,
  type ModelInput,
  ModelPool,
  ModelRefusedError,
  ModelStore,
  type RemoteModel,
  type SharedDevice,
  spaceOf,
} from '@cairn/models';

/** Loads the built-in model and tries those that are installed; rejects with everything that is wrong with any of them. */
export async function openModels(config: ModelsConfig, device?: SharedDevice): Promise<ModelPool> {
  const { models, refused } = config.folder ? await new ModelStore(config.folder).list() : { models: [], refused: [] };
  if (refused.length > 0) {
    const reasons = refused.map(({ reason }) => `- ${reason}`).join('\n');
    throw new ModelRefusedError(
      `MODELS_DIR ${config.folder} holds models that cannot be used:\n${reasons}\nInstall them again, or remove them with cairn models rm.`,
    );
  }
  const memoryBytes = config.memoryMb === undefined ? (process.constrainedMemory() || totalmem()) / 2 : config.memoryMb * 2 ** 20;
  return ModelPool.start([BUILT_IN_MODEL, ...models], {
    memoryBytes: Math.min(memoryBytes, totalmem()),
    idleMs: config.idleSeconds * 1_000,
    provider: config.provider,
    querySessions: config.querySessions,
    device,
  });
}

const PATIENCE_MS = 60_000;
const TEXT: readonly ModelInput[] = ['text'];

/** Tells the other services which models there are; rejects when one is not what was served under its name before. Waits for a database that is away. */
export async function registerModels(
  database: Database,
  models: readonly (InstalledModel | RemoteModel | EnsembleModel)[],
  signal: AbortSignal,
): Promise<void> {
  for (const model of models) await patiently({ signal, forMs: PATIENCE_MS }, () => registerModel(database, registrationOf(model)));
}

/** Says every few seconds that these models are here, until the signal is aborted: who has said nothing for minutes has removed them. */
export async function keepServing(database: Database, models: readonly { id: string; version: string }[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(SERVES_EVERY_MS, signal);
    await serveModels(database, models).catch(() => undefined); // said again soon
  }
}

function registrationOf(model: InstalledModel | RemoteModel | EnsembleModel): RegisteredModel {
  if (model.kind === 'remote') return remoteRegistrationOf(model);
  if (model.kind === 'ensemble') return ensembleRegistrationOf(model);
  const { id, version, aliases, maxTokens, licence, origin } = model;
  const registered = { id, version, aliases: [...aliases], maxTokens, fingerprint: fingerprintOf(model), licence, origin };
  if (model.kind === 'reranker') return { kind: model.kind, ...registered };
  const inputs = [...(model.inputs ?? TEXT)];
  return { kind: model.kind, ...registered, inputs, dimension: model.dimension, shorterDimensions: [...model.shorterDimensions], space: spaceOf(model) };
}

function remoteRegistrationOf(model: RemoteModel): RegisteredModel {
  return { ...namesOf(model), licence: "the provider's", origin: new URL(model.url).host };
}

function ensembleRegistrationOf(model: EnsembleModel): RegisteredModel {
  const licences = new Set(model.members.map(({ model }) => model.licence));
  const members = model.members.map(({ model, weight }) => `${model.id} ${weight}`);
  return { ...namesOf(model), licence: [...licences].join(', '), origin: `ensemble of ${members.join(', ')}` };
}

function namesOf(model: RemoteModel | EnsembleModel) {
  const { kind, id, version, aliases, dimension, maxTokens } = model;
  const names = { kind, id, version, aliases: [...aliases], inputs: [...TEXT], maxTokens, dimension, shorterDimensions: [] };
  return { ...names, space: spaceOf(model), fingerprint: fingerprintOf(model) };
}

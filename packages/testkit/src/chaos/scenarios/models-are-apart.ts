import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_MODEL, ModelStore, type OnnxModel } from '@cairn/models';
import type { ApiClient } from '../../system/api-client.js';
import { until } from '../../system/wait.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));
// The built-in file, read another way: other vectors of the same length.
const OWN: OnnxModel = { ...BUILT_IN_MODEL, id: 'own-model', aliases: [], documentPrefix: 'passage: ', folder: '' };
const TEXT = 'one text for two models';

/** Vectors of different models, or of different files under one name, never meet in one space. */
export const modelsAreApart: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { MODELS_DIR: (await storeWith(stage, OWN)).folder });
  await until('the own model to be offered', async () => (await client.call('POST', '/vectors/search', { query: TEXT, model: OWN.id })).status === 200);
  const [built, own] = [await vectorOf(stage, client, BUILT_IN_MODEL.id), await vectorOf(stage, client, OWN.id)];
  must(built.join() !== own.join(), 'E8', 'the vector that one model made of a text was given to another model');

  const changed = await storeWith(stage, { ...OWN, documentPrefix: 'text: ' });
  must(await refuses(stage, client, changed), 'E8', 'a worker serves other vectors under a name and version that were served before');

  const spoilt = await storeWith(stage, OWN);
  spoil(join(spoilt.folder, OWN.id, OWN.files.model.path));
  must(await refuses(stage, client, spoilt), 'E8', 'a worker serves a model whose file was changed');
};

async function storeWith(stage: Stage, model: OnnxModel): Promise<ModelStore> {
  const store = new ModelStore(mkdtempSync(join(stage.system.folder, 'models-')));
  const fill = async (folder: string) => {
    cpSync(BUILT_IN_FOLDER, folder, { recursive: true });
    return model;
  };
  await store.install(model.id, fill, async () => undefined);
  return store;
}

async function vectorOf(stage: Stage, client: ApiClient, model: string): Promise<number[]> {
  const body = { asset_id: 'apart', segment_id: model, text: TEXT, model };
  const { result } = await stage.done(client, (await client.ok<{ job_id: string }>('POST', '/vectors/embed', body)).job_id);
  return (await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`)).vector;
}

/** Changes a weight a little: the file is whole, and its vectors are others. */
function spoil(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] as number) ^ 1;
  writeFileSync(path, bytes);
}

/** Whether the worker ends instead of serving these models: it is ready a moment before it says which models it has. */
async function refuses(stage: Stage, client: ApiClient, store: ModelStore): Promise<boolean> {
  const worker = stage.service('worker');
  await worker.kill();
  worker.start({ MODELS_DIR: store.folder });
  // A question that nobody has asked before, so that only a worker can answer.
  const serves = async () => (await client.call('POST', '/vectors/search', { query: `${TEXT} ${randomUUID()}`, model: OWN.id })).status === 200;
  await until('the worker to serve or to end', async () => !worker.running || (await serves()));
  return !worker.running;
}

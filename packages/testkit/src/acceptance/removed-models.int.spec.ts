import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN_MODEL, ModelStore, type OnnxModel } from '@cairn/models';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { drawing } from '../../../ingest/src/fixtures/images.js';
import { installTinyClip } from '../../../models/src/fixtures/install-tiny-clip.js';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));
const SECOND: OnnxModel = { ...BUILT_IN_MODEL, id: 'second-model', aliases: [], documentPrefix: 'passage: ', folder: '' };
const HOW = /second-model was here, and no worker has it any more\. .*cairn models import <folder> --id second-model/;

const folder = mkdtempSync(join(tmpdir(), 'cairn-removed-'));

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  const fill = async (place: string) => {
    cpSync(BUILT_IN_FOLDER, place, { recursive: true });
    return SECOND;
  };
  await new ModelStore(folder).install(SECOND.id, fill, async () => undefined);
  await installTinyClip(folder, 'tiny-clip');
  system = await TestSystem.start({ env: { MODELS_DIR: folder } });
  client = system.client();
  for (const id of ['second-model', 'tiny-clip']) await until('the model to be ready', async () => (await statusOf(id).catch(() => undefined)) === 'ready');
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const shown = (id: string) => client.ok<{ status: string; status_detail?: string }>('GET', `/v1/models/${id}`);
const statusOf = async (id: string): Promise<string> => (await shown(id)).status;
const bodyOf = (segment: string) => ({ asset_id: 'doc', segment_id: segment, text: `The ferry leaves at noon: ${segment}`, model: 'second-model' });
const send = async (segment: string): Promise<string> => (await client.ok<{ job_id: string }>('POST', '/vectors/embed', bodyOf(segment))).job_id;
const search = (search_mode: string) => client.call('POST', '/vectors/search', { query: 'ferry', model: 'second-model', search_mode });
/** Lets time pass for what workers said of a model. */
const age = (id: string, column: 'served_at' | 'served_since', by: string) =>
  system.database.sql(`UPDATE models SET ${column} = clock_timestamp() - $2::interval WHERE id = $1`, [id, by]);

it('E8: a model is ready while a worker says that it has it, and away when none has for a minute', async () => {
  await client.done(await send('first'));
  await age('second-model', 'served_at', '2 minutes');
  await until('the worker to say so again', async () => (await statusOf('second-model')) === 'ready');
  await system.restart('worker', { MODELS_DIR: '' });
  await age('second-model', 'served_at', '2 minutes');
  await until('the model to be away', async () => (await statusOf('second-model')) === 'away');
});

it('E8: after an outage of all workers a model whose worker is not back yet is away, and its jobs wait', async () => {
  await age('second-model', 'served_at', '1 hour');
  await age(BUILT_IN_MODEL.id, 'served_since', '1 minute');
  const job = await send('waits');
  await until('the job to wait', async () => (await client.job(job)).stage === 'waiting');
  expect(await statusOf('second-model')).toBe('away');
});

it('E8: a model that no worker has any more is shown as removed, its jobs fail with how to get it, and it is taken for nothing new', async () => {
  const waiting = await send('waits-too');
  await age('second-model', 'served_at', '6 minutes');
  await age(BUILT_IN_MODEL.id, 'served_since', '6 minutes');
  const failed = await client.ended(waiting);
  expect([failed.status, failed.error]).toEqual(['failed', expect.stringMatching(HOW)]);
  await until('the model to be removed', async () => (await statusOf('second-model')) === 'removed');
  expect((await shown('second-model')).status_detail).toMatch(HOW);
  for (const reply of [await client.call('POST', '/vectors/embed', bodyOf('new')), await search('dense')]) {
    expect([reply.status, reply.body.code, reply.body.detail]).toEqual([400, 'model_not_installed', expect.stringMatching(HOW)]);
  }
  expect((await search('sparse')).status).toBe(200);

  await system.restart('worker');
  await until('the model to be ready', async () => (await statusOf('second-model')) === 'ready');
  await client.ok('POST', `/jobs/${waiting}/retry`);
  expect((await client.ended(waiting)).status).toBe('completed');
});

it('E8: the same goes for images: a job waits while its model is away, and fails once it is removed', async () => {
  const image = (
    await drawing([[[255, 0, 0]]])
      .png()
      .toBuffer()
  ).toString('base64');
  const body = { asset_id: 'doc', segment_id: 'image', image, model: 'tiny-clip' };
  await system.restart('worker', { MODELS_DIR: '' });
  const job = (await client.ok<{ job_id: string }>('POST', '/vectors/embed/image', body)).job_id;
  await until('the job to wait', async () => (await client.job(job)).stage === 'waiting');
  await age('tiny-clip', 'served_at', '6 minutes');
  await age(BUILT_IN_MODEL.id, 'served_since', '6 minutes');
  const failed = await client.ended(job);
  expect([failed.status, failed.error]).toEqual(['failed', expect.stringMatching(/^The model tiny-clip was here, .*--id tiny-clip/)]);
  const reply = await client.call('POST', '/vectors/embed/image', { ...body, segment_id: 'another' });
  expect([reply.status, reply.body.code]).toEqual([400, 'model_not_installed']);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { blackPng, drawing, type Rgb, speckled } from '../../../ingest/src/fixtures/images.js';
import { installTinyClip } from '../../../models/src/fixtures/install-tiny-clip.js';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

const RED: Rgb = [255, 0, 0];
const GREEN: Rgb = [0, 255, 0];
const BLUE: Rgb = [0, 0, 255];
const MODEL = 'tiny-clip';

const folder = mkdtempSync(join(tmpdir(), 'cairn-images-'));
let system: TestSystem;
let client: ApiClient;

beforeAll(async () => {
  await installTinyClip(folder, MODEL);
  await installTinyClip(folder, 'no-words', 'vision');
  system = await TestSystem.start({ env: { MODELS_DIR: folder } });
  client = system.client();
  await until('the space of the model', () => search('anything').catch(() => undefined));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const square = (colour: Rgb, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<Buffer> =>
  drawing([[colour]])
    .resize(32, 32)
    [format]()
    .toBuffer();
const bodyOf = (segment: string, image: Buffer, more: object = {}) => ({
  asset_id: 'album',
  segment_id: segment,
  image: image.toString('base64'),
  model: MODEL,
  ...more,
});
const send = async (segment: string, image: Buffer, more?: object) =>
  (await client.ok<{ job_id: string }>('POST', '/vectors/embed/image', bodyOf(segment, image, more))).job_id;
const search = async (query: string, asset = 'album') => {
  const { results } = await client.ok<{ results: { payload: { segment_id: string } }[] }>('POST', '/vectors/search', {
    query,
    model: MODEL,
    filter: { asset_id: asset },
  });
  return results.map(({ payload }) => payload.segment_id);
};
const keptInputs = async (job: string) => (await system.database.sql('SELECT 1 FROM job_inputs WHERE job_id = $1', [job])).length;

describe('an image', () => {
  it('E9: is found by a text that says what it shows, whatever its format', async () => {
    await Promise.all([
      client.done(await send('red', await square(RED))),
      client.done(await send('green', await square(GREEN, 'jpeg'))),
      client.done(await send('blue', await square(BLUE, 'webp'))),
    ]);
    for (const colour of ['red', 'green', 'blue']) expect((await search(`a ${colour} square`))[0]).toBe(colour);
  });

  it('E9: lies in one space with the texts of its model, and apart from those of others', async () => {
    const text = { asset_id: 'mixed', segment_id: 'text', text: 'red', model: MODEL };
    await client.done((await client.ok<{ job_id: string }>('POST', '/vectors/embed', text)).job_id);
    await client.done(await send('image', await square(RED), { asset_id: 'mixed' }));
    expect((await search('red', 'mixed')).sort()).toEqual(['image', 'text']);
    expect((await client.search('red', { asset_id: 'mixed' })).results).toEqual([]);
  });

  it('E9: its job says where the vector is, and its bytes are gone with the job', async () => {
    const job = await send('kept-for-a-moment', await square(RED));
    const { result } = await client.done(job);
    expect(result).toMatchObject({ vector_size: 8, asset_id: 'album', segment_id: 'kept-for-a-moment', model: MODEL });
    expect(result).not.toHaveProperty('tokens');
    expect(await keptInputs(job)).toBe(0);
    expect((await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`)).vector).toHaveLength(8);
  });

  it('E13: a repeat is answered with the first job, and the same image under another name costs the model nothing', async () => {
    const image = await square([200, 30, 30]);
    const first = await send('one', image);
    await client.done(first);
    expect(await send('one', image)).toBe(first);
    const before = await imagesSeen();
    const second = await client.done(await send('two', image));
    expect([await imagesSeen(), second.result]).toEqual([before, expect.not.objectContaining({ tokens: expect.anything() })]);
    await client.done(await send('three', await square([30, 200, 30])));
    expect(await imagesSeen()).toBe(before + 1);
  });

  it('the last that was accepted wins, and a text can take the place of an image', async () => {
    const asset_id = 'changing';
    await client.done(await send('it', await square(RED), { asset_id }));
    await client.done(await send('it', await square(BLUE), { asset_id }));
    await client.done(await send('other', await square(RED), { asset_id }));
    expect(await search('blue', asset_id)).toEqual(['it', 'other']);
    await client.done(
      (await client.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id, segment_id: 'other', text: 'blue blue blue', model: MODEL })).job_id,
    );
    await client.done(await send('it', await square(GREEN), { asset_id }));
    expect(await search('blue', asset_id)).toEqual(['other', 'it']);
  });

  it('F2: is embedded by the next worker when one dies in the middle', async () => {
    await system.restart('worker', { CAIRN_FAULTS: 'W6:SIGKILL' });
    const job = await send('survives', await square([0, 40, 0]), { asset_id: 'survivors' });
    await system.service('worker').gone();
    await system.restart('worker');
    expect((await client.done(job)).result).toMatchObject({ segment_id: 'survives' });
    expect(await search('green', 'survivors')).toEqual(['survives']);
  });
});

describe('an image that cannot be read', () => {
  const cut = async () => {
    const whole = await speckled(200, 200).png().toBuffer();
    return whole.subarray(0, whole.length / 2);
  };
  it.each([
    ['no image', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image_format', 'not an image that can be read'],
    ['cut off', cut, 'image_damaged', 'damaged or cut off'],
    ['too large', async () => blackPng(10_000, 10_000), 'image_too_large', '100 megapixels; at most 40 can be read'],
  ])('E9: fails its job at once with the reason: %s', async (name, file, code, reason) => {
    const job = await client.ended(await send(`broken ${name}`, await file()));
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining(reason) });
    const tries = '(SELECT count(*)::int FROM job_attempts a WHERE a.job_id = jobs.id) AS tries';
    expect(await system.database.sql(`SELECT error_code, ${tries} FROM jobs WHERE id = $1`, [job.id])).toEqual([{ error_code: code, tries: 1 }]);
  });

  it('E9: does not pass for a text of the same bytes', async () => {
    const body = { asset_id: 'doc', segment_id: 'words', text: 'red red', model: MODEL };
    await client.done((await client.ok<{ job_id: string }>('POST', '/vectors/embed', body)).job_id);
    expect(await client.ended(await send('no words', Buffer.from('red red')))).toMatchObject({ status: 'failed' });
  });

  it('E9: leaves the worker and the other images alone', async () => {
    const jobs = await Promise.all([cut(), square(BLUE), cut(), square(RED)].map(async (file, at) => send(`side ${at}`, await file)));
    expect((await Promise.all(jobs.map((job) => client.ended(job)))).map(({ status }) => status)).toEqual(['failed', 'completed', 'failed', 'completed']);
  });
});

describe('what cannot be asked', () => {
  const refusals: [string, string, object, [number, string], RegExp][] = [
    [
      'an image for a model of texts',
      '/vectors/embed/image',
      { model: 'default' },
      [422, 'invalid_input'],
      /reads texts and no images.*: .*tiny-clip.*cairn models pull/,
    ],
    [
      'an image for a model that is not here',
      '/vectors/embed/image',
      { model: 'clip' },
      [400, 'model_not_installed'],
      /cairn models pull clip-vit-base-patch32/,
    ],
    ['an image for a reranker', '/vectors/embed/image', { model: 'ms-marco-MiniLM-L-6-v2' }, [422, 'invalid_input'], /is a reranker/],
    ['what is no base64', '/vectors/embed/image', { image: 'data:image/png;base64,AAAA' }, [422, 'invalid_input'], /in base64, without/],
    ['a text for a model of images', '/vectors/embed', { text: 'red', model: 'no-words' }, [422, 'invalid_input'], /reads images .* and no texts/],
    ['a search with a model of images', '/vectors/search', { query: 'red', model: 'team/no-words' }, [422, 'invalid_input'], /reads images .* and no texts/],
    ['an embedding of a text by one', '/v1/embeddings', { input: 'red', model: 'no-words' }, [422, 'invalid_input'], /reads images .* and no texts/],
    ['to order texts by one', '/v1/rerank', { query: 'red', documents: ['blue'], model: MODEL }, [422, 'invalid_input'], /cannot order texts/],
  ];

  it.each(refusals)('E9: %s is refused with what to do', async (_name, path, change, [status, code], detail) => {
    const whole = path.startsWith('/vectors/embed') ? { ...bodyOf('x', await square(RED)), ...change } : change;
    const reply = await client.call('POST', path, whole);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(reply.body.detail).toMatch(detail);
  });

  it('E9: an image without a model, and one that is larger than a request may be', async () => {
    const { model: _, ...withoutModel } = bodyOf('x', await square(RED));
    expect(await client.call('POST', '/vectors/embed/image', withoutModel)).toMatchObject({ status: 422, body: { errors: [{ path: 'model' }] } });
    expect(await client.call('POST', '/vectors/embed/image', bodyOf('x', Buffer.alloc(7_600_000)))).toMatchObject({ status: 413, body: { code: 'too_large' } });
  });
});

it('E9: the list of models says what each reads', async () => {
  expect(await client.ok('GET', '/v1/models/team%2Ftiny-clip')).toMatchObject({ kind: 'embedding', inputs: ['text', 'image'], dimensions: 8, max_tokens: 40 });
  expect(await client.ok('GET', '/v1/models/no-words')).toMatchObject({ inputs: ['image'], max_tokens: 0 });
  expect(await client.ok('GET', '/v1/models/default')).toMatchObject({ inputs: ['text'] });
});

/** How many images the model was shown. */
async function imagesSeen(): Promise<number> {
  const text = await (await fetch(`${system.service('worker').url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith('cairn_model_texts_total') && one.includes(`"${MODEL}"`) && one.includes('"images"'));
  return Number(line?.split(' ').at(-1) ?? 0);
}

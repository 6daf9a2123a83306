import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { StoredPoints } from './stored-points.js';

jest.setTimeout(90_000);

/** The organisation of the golden values. */
const GOLDEN_ORG = '550e8400-e29b-41d4-a716-446655440000';
const OTHER_ORG = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';

const home = mkdtempSync(join(tmpdir(), 'cairn-home-'));

let system: TestSystem;
let stored: StoredPoints;
let firstWrites: string[];

// Two workers start on an empty Qdrant and the first writes come before either has made a space.
beforeAll(async () => {
  system = await TestSystem.start({ extra: { worker: 1 }, env: { HOME: home } });
  stored = new StoredPoints(system);
  const client = system.client();
  firstWrites = await Promise.all(Array.from({ length: 20 }, (_, index) => client.embed('first', `s${index}`, `one of the first texts, number ${index}`)));
  for (const id of firstWrites) await client.done(id);
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(home, { recursive: true });
});

const pointOf = async (client: ApiClient, path: string, body: object): Promise<string> => {
  const { job_id } = await client.ok<{ job_id: string }>('POST', path, body);
  return (await client.done(job_id)).result?.point_id as string;
};

const begun = Date.now();

it('T13: the model runtime keeps nothing about us and has nothing to send to its maker', () => {
  expect(readdirSync(home)).toEqual([]);
  // A file of an earlier process with the same number says nothing of this one.
  const logs = [0, 1].map((index) => join(tmpdir(), `mat-debug-${system.service('worker', index).pid}.log`));
  expect(logs.filter((log) => existsSync(log) && statSync(log).mtimeMs > begun)).toEqual([]);
});

describe('writing vectors', () => {
  it('V7: twenty first writes in parallel on an empty system all succeed, and make one space per model', async () => {
    expect(new Set(firstWrites).size).toBe(20);
    const registered = () => system.database.sql<{ name: string }>('SELECT name FROM spaces ORDER BY 1');
    const rows = await until("the built-in model's and the mock's space", async () => {
      const found = await registered();
      return found.length === 2 && found;
    });
    expect((await stored.collections()).sort()).toEqual(rows.map((row) => `${system.namespace}_${row.name}`).sort());
  });

  it('V8: a space has the knobs and indexes that a multi-tenant search needs', async () => {
    const [name] = (await stored.collections()).filter((collection) => collection.includes('MiniLM'));
    const info = await stored.describe<{
      config: { params: { vectors: object; sharding_method: string; shard_number: number }; hnsw_config: { m: number; payload_m: number } };
      payload_schema: Record<string, { data_type: string; params?: { is_tenant?: boolean } }>;
    }>(name as string);
    expect(name).toBe(`${system.namespace}_all-MiniLM-L6-v2_v1_384_f32`);
    expect(info.config.params).toMatchObject({ vectors: { size: 384, distance: 'Cosine' }, sharding_method: 'custom', shard_number: 1 });
    expect(info.config.hnsw_config).toMatchObject({ m: 0, payload_m: 16 });
    expect(
      Object.fromEntries(Object.entries(info.payload_schema).map(([field, { data_type, params }]) => [field, [data_type, params?.is_tenant === true]])),
    ).toEqual({
      org_id: ['keyword', true],
      asset_id: ['keyword', false],
      segment_id: ['keyword', false],
      index_id: ['keyword', false],
    });
  });

  it('V1: point ids are those of api.md, GP1 to GP4 and GP5', async () => {
    const client = system.client({ org: GOLDEN_ORG, sub: 'golden' });
    const other = system.client({ org: OTHER_ORG, sub: 'golden' });
    const doc = { asset_id: 'doc-123', segment_id: 'chunk-0' };
    expect(await pointOf(client, '/vectors/mock', { asset_id: 'final-test-doc', segment_id: 'final-chunk-0' })).toBe('753ee532-60b1-4aa4-dc7d-4fb151e78483');
    expect(await pointOf(client, '/vectors/mock', doc)).toBe('cd06127a-af4f-615d-9176-a9d88d136bc9');
    expect(await pointOf(client, '/vectors/embed', { ...doc, text: 'Hello world', model: 'minilm-l6-v2' })).toBe('1aa27448-499e-2208-0650-998d2e751ed5');
    expect(await pointOf(client, '/vectors/embed', { ...doc, text: 'Hello world', model: 'sentence-transformers/all-MiniLM-L6-v2' })).toBe(
      '98d73ea5-fe87-feee-4559-4886a57810e2',
    );
    expect(await pointOf(other, '/vectors/mock', doc)).toBe('274d1b86-59e7-29e6-396e-fbb7969d5790');
  });

  it('J4: job keys are those of api.md, GJ1 to GJ5', async () => {
    const client = system.client({ org: GOLDEN_ORG, sub: 'golden' });
    const requests: [path: string, body: object, key: string][] = [
      ['/jobs', { type: 'mock_process' }, 'aca711b095fa59a5dfe838b22aa8d5230f39cfe270623af7b920c23f96fb1172'],
      ['/vectors/mock', { asset_id: 'doc-123', segment_id: 'chunk-0' }, '9f9a6fa89358b80280226316e05f9fbd486348c36249d60eded0f5da128fdaa0'],
      [
        '/vectors/embed',
        { asset_id: 'test-asset-001', segment_id: 'chunk_0', text: 'The quick brown fox jumps over the lazy dog', model: 'minilm-l6-v2', model_ver: 'v1' },
        '72f8ebb1919b090ead9a1bf5b6fcc1d0a29a0cf2277abd67569a85c3702e8237',
      ],
      [
        '/vectors/embed',
        { asset_id: 'doc-123', segment_id: 'chunk-0', text: 'Hello world' },
        '9d2f0104ba74065939dba493c2e76c202b04f98ad3a9903637eb1e2237ecba36',
      ],
      ['/vectors/mock', { asset_id: 'docs/naïve café.md', segment_id: '页-1😀\u007f' }, '1265e4d80e4152c1d1bdd77aef4a23d65b441e244f6bc046aa8c47d96bc25a3b'],
    ];
    for (const [path, body, key] of requests) {
      const { job_id } = await client.ok<{ job_id: string }>('POST', path, body);
      await client.done(job_id);
      const [row] = await system.database.sql<{ job_key: string }>('SELECT job_key FROM jobs WHERE id = $1', [job_id]);
      expect([path, row?.job_key]).toEqual([path, key]);
    }
  });

  it('E2: the mock vector is that of api.md bit for bit, and says what it is', async () => {
    const client = system.client({ org: GOLDEN_ORG, sub: 'golden' });
    const point = await pointOf(client, '/vectors/mock', { asset_id: 'final-test-doc', segment_id: 'final-chunk-0' });
    const answer = await client.ok<{ vector: number[]; payload: object }>('GET', `/vectors/${point}?vector=true`);
    const bytes = Buffer.from(Float32Array.from(answer.vector).buffer);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe('4544672a4fcba71754d8f635ecff8b78ac7edb619504fe7f060a8482d78ce4f5');
    expect(answer.payload).toEqual({
      org_id: GOLDEN_ORG,
      asset_id: 'final-test-doc',
      segment_id: 'final-chunk-0',
      model: 'mock',
      model_ver: 'v1',
      text: 'Mock embedding for asset final-test-doc, segment final-chunk-0',
    });
  });

  it('V3: an accepted text is answered with its job and names, and the result says where the vector is', async () => {
    const client = system.client();
    const accepted = await client.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id: 'a', segment_id: 's', text: 'a text' });
    expect(accepted).toEqual({ job_id: expect.any(String), asset_id: 'a', segment_id: 's' });
    const { result } = await client.done(accepted.job_id);
    expect(result).toMatchObject({ collection: 'embeddings', vector_size: 384, org_id: client.person.org, asset_id: 'a', segment_id: 's' });
    expect(Date.parse(result?.completed_at as string)).not.toBeNaN();
    expect(await client.ok('GET', `/vectors/${result?.point_id}`)).toEqual({
      point_id: result?.point_id,
      payload: { org_id: client.person.org, asset_id: 'a', segment_id: 's', model: 'all-MiniLM-L6-v2', model_ver: 'v1' },
    });
  });

  it('V4: a batch is one job and as many points, and a segment that cannot be is named while the others are made', async () => {
    const client = system.client();
    await client.done(await client.embed('x:y', 'z', 'holds the point id of x and y:z'));
    const segments = [
      { segment_id: 'fine', text: 'the first of the batch' },
      { segment_id: 'y:z', text: 'its point id is taken' },
      { segment_id: 'last', text: 'the last of the batch' },
    ];
    const accepted = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: 'x', segments });
    expect(accepted).toEqual({ job_id: expect.any(String), asset_id: 'x', segment_count: 3 });
    const { result } = await client.done(accepted.job_id);
    const told = ((result?.segments ?? []) as { segment_id: string; error?: unknown }[])
      .map((segment) => [segment.segment_id, segment.error === undefined])
      .sort();
    expect(told).toEqual([
      ['fine', true],
      ['last', true],
      ['y:z', false],
    ]);
    expect((await client.search('the batch', { asset_id: 'x' })).results.map((hit) => hit.payload.segment_id).sort()).toEqual(['fine', 'last']);
  });

  it('V2: bells that come again and again do not write twice', async () => {
    const client = system.client();
    const id = await client.embed('again', 's', 'rung again');
    await client.done(id);
    const before = await client.job(id);
    await system.database.sql(
      `INSERT INTO outbox (org_id, id, job_id, job_type, lane) SELECT org_id, gen_random_uuid(), id, type, lane FROM jobs WHERE id = $1 ON CONFLICT DO NOTHING`,
      [id],
    );
    await until(
      'the bell to be rung',
      async () => (await system.database.sql('SELECT 1 FROM outbox WHERE job_id = $1 AND published_at IS NULL', [id])).length === 0,
    );
    await client.done(await client.embed('again', 'marker', 'rung after it'));
    expect(await client.job(id)).toEqual(before);
    const points = (await stored.all()).filter((point) => point.payload.org_id === client.person.org && point.payload.segment_id === 's');
    expect(points).toHaveLength(1);
  });
});

describe('searching', () => {
  it('V5: finds the own text first and what means the same before what does not', async () => {
    const client = system.client();
    const texts = {
      cat: 'A cat slept on the warm bonnet of the car.',
      bread: 'Bread rises because yeast turns sugar into gas.',
      law: 'The court ruled that the contract was void.',
    };
    for (const [name, text] of Object.entries(texts)) await client.done(await client.embed('meaning', name, text));
    const { results, total } = await client.search(texts.cat);
    expect([results[0]?.payload.segment_id, (results[0]?.score ?? 0) > 0.99, total]).toEqual(['cat', true, 3]);
    for (const [question, name] of [
      ['an animal taking a nap', 'cat'],
      ['baking', 'bread'],
      ['a judge decided', 'law'],
    ] as const)
      expect([question, (await client.search(question)).results[0]?.payload.segment_id]).toEqual([question, name]);
    expect(results.map((hit) => hit.score)).toEqual(results.map((hit) => hit.score).toSorted((a, b) => b - a));
  });

  it('V5: takes both forms of the seeds, narrows by filter, and keeps to the limit', async () => {
    const client = system.client();
    for (const [asset, segment] of [
      ['a', 's1'],
      ['a', 's2'],
      ['b', 's1'],
    ] as const)
      await client.done(await client.embed(asset, segment, `a text of ${asset} in ${segment}`));
    const found = async (body: object) =>
      (await client.ok<{ results: { payload: { asset_id: string; segment_id: string } }[] }>('POST', '/vectors/search', body)).results
        .map(({ payload }) => `${payload.asset_id}/${payload.segment_id}`)
        .sort();
    expect(await found({ query: 'a text', filter: { asset_id: 'a' } })).toEqual(['a/s1', 'a/s2']);
    expect(await found({ query_text: 'a text', asset_id: 'a', segment_id: 's2' })).toEqual(['a/s2']);
    expect(await found({ query: 'a text', filter: { asset_id: ['a', 'b'], segment_id: 's1' } })).toEqual(['a/s1', 'b/s1']);
    expect(await found({ query: 'a text', limit: 1 })).toHaveLength(1);
    expect(await found({ query: 'a text', filter: { asset_id: 'nothing' } })).toEqual([]);
    expect(await found({ query: 'a text', filter: { asset_id: ['a', 'b'] }, asset_id: 'b' })).toEqual(['b/s1']);
    expect(await found({ query: 'a text', filter: { asset_id: 'a' }, asset_id: 'b' })).toEqual([]);
    expect(await found({ query: 'a text', filter: { asset_id: 'a', segment_id: ['s2'] }, segment_id: 's1' })).toEqual([]);
  });

  it('E3: labels of one model share a space: of one segment only the newest is found', async () => {
    const client = system.client();
    for (const [model, text] of [
      ['default', 'the first text of the segment'],
      ['minilm-l6-v2', 'the second text of the segment'],
    ] as const)
      await client.done((await client.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id: 'l', segment_id: 's', text, model })).job_id);
    const { results } = await client.search('text of the segment', { asset_id: 'l' });
    expect(results.map((hit) => hit.payload.model)).toEqual(['minilm-l6-v2']);
  });

  it('J9: A, B, A ends with A, and the repeats between answer the job that is newest', async () => {
    const client = system.client();
    const texts = ['snow falls on the quiet harbour', 'the engine needs a new spark plug', 'snow falls on the quiet harbour'];
    const jobs = [];
    for (const text of texts) jobs.push(await client.embed('aba', 's', text));
    expect(new Set(jobs).size).toBe(3);
    expect(await client.embed('aba', 's', texts[2] as string)).toBe(jobs[2]);
    for (const id of jobs) await client.done(id);
    expect((await client.search(texts[0] as string, { asset_id: 'aba' })).results[0]?.score).toBeGreaterThan(0.99);
  });
});

describe('deleting', () => {
  it('V6: a deleted vector is gone from reading and searching with the answer, and its point from Qdrant soon after', async () => {
    const client = system.client();
    const point = await pointOf(client, '/vectors/embed', { asset_id: 'd', segment_id: 's', text: 'soon to be gone' });
    expect((await client.call('DELETE', `/vectors/${point}`)).status).toBe(204);
    expect(await client.call('GET', `/vectors/${point}`)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await client.search('soon to be gone')).results).toEqual([]);
    expect((await client.call('DELETE', `/vectors/${point}`)).status).toBe(404);
    await system.database.sql('UPDATE garbage_points SET due_at = clock_timestamp() WHERE org_id = $1', [client.person.org]);
    await until('the point to leave Qdrant', async () => !(await stored.all()).some((one) => one.payload.org_id === client.person.org));
  });

  it('V6: all vectors of an asset go together, whatever their label, and are counted', async () => {
    const client = system.client();
    for (const segment of ['s1', 's2']) await client.done(await client.embed('whole', segment, `the segment ${segment}`));
    await client.done((await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'whole', segment_id: 's1' })).job_id);
    await client.done(await client.embed('other', 's1', 'the segment of another asset'));
    expect(await client.ok('DELETE', '/vectors/asset/whole')).toEqual({ deleted: 3 });
    expect((await client.search('the segment')).results.map((hit) => hit.payload.asset_id)).toEqual(['other']);
    expect(await client.ok('DELETE', '/vectors/asset/whole')).toEqual({ deleted: 0 });
    expect(await client.ok('DELETE', `/vectors/asset/${encodeURIComponent('with/slash and ümlaut')}`)).toEqual({ deleted: 0 });
  });

  it('V6: what is accepted after a delete lives; what was accepted before it does not come back', async () => {
    const client = system.client();
    const rounds = Array.from({ length: 6 }, (_, round) => round);
    for (const round of rounds) {
      const before = await client.embed('race', `s${round}`, `accepted before the delete ${round}`);
      await client.ok('DELETE', '/vectors/asset/race');
      await client.ended(before);
      expect((await client.search('accepted before the delete', { asset_id: 'race' })).results).toEqual([]);
    }
    await client.done(await client.embed('race', 's0', 'accepted before the delete 0'));
    expect((await client.search('accepted before the delete', { asset_id: 'race' })).results).toHaveLength(1);
  });
});

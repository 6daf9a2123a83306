import { randomUUID } from 'node:crypto';
import { Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { type ApiClient, devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

interface Chunk {
  index: number;
  text: string;
  start: number;
  end: number;
  tokens: number;
  heading_path?: string[];
}

interface Made {
  strategy: string;
  config: Record<string, unknown>;
  chunk_count: number;
  chunks: Chunk[];
  stats: {
    chunks: number;
    tokens: { total: number; min: number; median: number; mean: number; max: number };
    histogram: { above: number; up_to: number; chunks: number }[];
    coverage: number;
    overlap_share: number;
    boundary_quality: number;
  };
}

interface Preview extends Made {
  cached: boolean;
  model: string;
  characters: number;
}

const SENTENCES = Array.from({ length: 60 }, (_, at) => `Sentence number ${at} says something of its own about ships and harbours.`);
const TEXT = SENTENCES.join(' ');
const PAGE = `# Guide\n\nRead this first.\n\n## Setup\n\n${SENTENCES.slice(0, 5).join(' ')}\n\n## Use\n\n${SENTENCES.slice(5, 9).join(' ')}\n`;

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

const post = <T = Preview>(what: string, body: object, by = client) => by.ok<T>('POST', `/api/v2/chunking/${what}`, body);
const refused = async (what: string, body: object) => (await client.call('POST', `/api/v2/chunking/${what}`, body)).status;

describe('previews of chunks', () => {
  it('U8: show the chunks of a text with their places, and the second one is cached', async () => {
    const asked = { text: TEXT, strategy: 'sentence', config: { chunk_size: 60, chunk_overlap: 15 } };
    const first = await post('preview', asked);
    expect(first).toMatchObject({ cached: false, strategy: 'sentence', characters: TEXT.length });
    expect(first.chunks.length).toBe(first.chunk_count);
    for (const { text, start, end } of first.chunks) expect(TEXT.slice(start, end)).toBe(text);
    const second = await post('preview', asked);
    expect(second).toEqual({ ...first, cached: true });
    expect((await post('preview', { ...asked, chunk_size: 80 })).cached).toBe(false);
    expect((await post('preview', asked, system.client())).cached).toBe(false);
  });

  it('U9: the statistics are those of the chunks', async () => {
    const { chunks, stats } = await post('preview', { text: TEXT, strategy: 'tokens', config: { chunk_size: 40, chunk_overlap: 10 }, max_chunks: 500 });
    const tokens = chunks.map((chunk) => chunk.tokens).sort((a, b) => a - b);
    const total = tokens.reduce((sum, one) => sum + one, 0);
    expect(stats.chunks).toBe(chunks.length);
    expect(stats.tokens).toMatchObject({ total, min: tokens[0], max: tokens.at(-1), mean: total / tokens.length });
    expect(stats.histogram.reduce((sum, bin) => sum + bin.chunks, 0)).toBe(chunks.length);
    const covered = new Set(chunks.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at)));
    const inChunks = chunks.reduce((sum, { text }) => sum + text.length, 0);
    expect(stats.coverage).toBe(1);
    expect(stats.overlap_share).toBeCloseTo(1 - covered.size / inChunks);
  });

  it('U8: of a document are what its collection was cut into with the same settings', async () => {
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', {
      name: randomUUID(),
      chunking_strategy: 'markdown',
      chunk_size: 40,
      chunk_overlap: 0,
    });
    const documents = [{ text: PAGE, mime_type: 'text/markdown' }];
    const sent = await client.ok<{ documents: { id: string }[] }>('POST', `/api/v2/collections/${id}/documents`, { documents });
    const document = sent.documents[0]?.id as string;
    const { job_id } = await client.ok<{ job_id: string }>('GET', `/api/v2/documents/${document}`);
    await client.done(job_id);
    const stored = await client.ok<{ chunks: Chunk[] }>('GET', `/api/v2/documents/${document}/chunks`);
    const preview = await post('preview', { document_id: document, strategy: 'markdown', config: { chunk_size: 40, chunk_overlap: 0 } });
    const cut = (chunks: Chunk[]) => chunks.map(({ text, start, end, tokens, heading_path }) => ({ text, start, end, tokens, heading_path }));
    expect(preview.chunk_count).toBeGreaterThan(2);
    expect(cut(preview.chunks)).toEqual(cut(stored.chunks));
    expect((await system.client().call('POST', '/api/v2/chunking/preview', { document_id: document })).status).toBe(404);
  });

  it('U8: what cannot be cut so is refused by its name, and the largest text is answered', async () => {
    expect(await refused('preview', {})).toBe(422);
    expect(await refused('preview', { text: 'a', document_id: randomUUID() })).toBe(422);
    expect(await refused('preview', { text: 'a', strategy: 'guess' })).toBe(422);
    expect(await refused('preview', { text: 'a', config: { chunk_size: 3 } })).toBe(422);
    expect(await refused('preview', { text: 'a', config: { colour: 'red' } })).toBe(422);
    expect(await refused('preview', { text: 'a', profile: 'nobody made it' })).toBe(404);
    expect(await refused('preview', { text: 'a'.repeat(500_001) })).toBe(422);
    const large = TEXT.repeat(Math.floor(499_000 / TEXT.length));
    const { chunks, chunk_count } = await post('preview', { text: large, strategy: 'sentence', config: { chunk_size: 1_000 }, max_chunks: 500 });
    expect(chunk_count).toBeGreaterThan(50);
    expect(chunks.length).toBeGreaterThan(0);
  });
});

describe('choosing a way of chunking', () => {
  it('U8: several are compared over the same text, in their order', async () => {
    const configurations = [{ strategy: 'tokens' }, { strategy: 'sentence' }, { strategy: 'sentence', chunk_size: 120 }];
    const asked = { text: TEXT, chunk_size: 50, configurations };
    const { comparisons, recommendation } = await post<{ comparisons: Made[]; recommendation: { strategy: string } }>('compare', asked);
    expect(comparisons.map(({ strategy, config }) => [strategy, config.chunk_size])).toEqual([
      ['tokens', 50],
      ['sentence', 50],
      ['sentence', 120],
    ]);
    const [tokens, sentences, larger] = comparisons.map(({ stats }) => stats) as [Made['stats'], Made['stats'], Made['stats']];
    expect(sentences.boundary_quality).toBeGreaterThan(tokens.boundary_quality);
    expect(larger.chunks).toBeLessThan(sentences.chunks);
    expect(recommendation.strategy).toBe('sentence');
    expect(await refused('compare', { text: TEXT, configurations: [] })).toBe(422);
  });

  it('U8: one is recommended, with its reason', async () => {
    expect(await post('recommend', { text: PAGE, mime_type: 'text/markdown' })).toMatchObject({
      strategy: 'markdown',
      reason: expect.stringContaining('headings'),
    });
    expect(await post('recommend', { text: TEXT })).toMatchObject({ strategy: 'sentence', config: { chunk_size: 1_000 } });
  });

  it('U8: every strategy that is listed can be previewed with its defaults', async () => {
    const { strategies } = await client.ok<{ strategies: { name: string; summary: string; options: { name: string }[] }[] }>(
      'GET',
      '/api/v2/chunking/strategies',
    );
    expect(strategies.map(({ name }) => name)).toEqual(expect.arrayContaining(['auto', 'sentence', 'semantic', 'hierarchical']));
    for (const { name, options } of strategies) {
      expect(options.map((option) => option.name)).toContain('chunk_size');
      expect((await post('preview', { text: TEXT, strategy: name })).chunk_count).toBeGreaterThan(0);
    }
  });
});

describe('a preview whose caller has gone', () => {
  it('U8: counts until a worker has answered it', async () => {
    const { url, user, password } = system.stack.nats;
    const nats = await connect({ servers: [new URL(url).host], user, pass: password });
    const subjects = new Subjects(system.namespace);
    const seen = { asked: 0, abandoned: 0 };
    nats.subscribe(subjects.cutText(spaceOf(BUILT_IN_MODEL)), { callback: () => void seen.asked++ });
    nats.subscribe(subjects.abandoned, { callback: () => void seen.abandoned++ });
    await nats.flush();
    await system.service('worker').freeze();
    try {
      const caller = new AbortController();
      const calls = Array.from({ length: 4 }, (_, at) => previewUntil(`Text number ${at}.`, caller.signal));
      await until('four to be with a worker', async () => seen.asked === 4);
      caller.abort();
      for (const call of calls) await expect(call).rejects.toThrow('abort');
      await until('the worker to be told', async () => seen.abandoned === 4);
      expect(await refused('preview', { text: 'One more.' })).toBe(429);
    } finally {
      await system.service('worker').thaw();
      await nats.close();
    }
    await until('one more to be answered', async () => (await refused('preview', { text: 'One more.' })) === 200);
  });
});

function previewUntil(text: string, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${devToken(newPerson())}` };
  return fetch(`${system.baseUrl}/api/v2/chunking/preview`, { method: 'POST', headers, body: JSON.stringify({ text }), signal });
}

describe('profiles', () => {
  it('U9: are kept by a name, used in previews and collections, and gone when they are deleted', async () => {
    const kept = { name: 'short', description: 'For tests', strategy: 'sentence', config: { chunk_size: 60, chunk_overlap: 10 } };
    const profile = await post<{ id: string }>('profiles', kept);
    expect(profile).toMatchObject(kept);
    expect(await refused('profiles', kept)).toBe(409);
    expect(await refused('profiles', { name: 'wrong', strategy: 'sentence', config: { child_size: 5 } })).toBe(422);
    expect((await client.ok<{ profiles: object[] }>('GET', '/api/v2/chunking/profiles')).profiles).toEqual([expect.objectContaining({ name: 'short' })]);
    expect(await post('preview', { text: TEXT, profile: 'short', chunk_size: 90 })).toMatchObject({
      strategy: 'sentence',
      config: { chunk_size: 90, chunk_overlap: 10 },
    });
    const collection = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID(), chunking_profile: 'short' });
    expect(collection).toMatchObject({ chunking_strategy: 'sentence', chunk_size: 60, chunk_overlap: 10 });
    expect((await client.call('DELETE', `/api/v2/chunking/profiles/${profile.id}`)).status).toBe(204);
    expect((await client.call('DELETE', `/api/v2/chunking/profiles/${profile.id}`)).status).toBe(404);
    expect((await client.call('POST', '/api/v2/collections', { name: randomUUID(), chunking_profile: 'short' })).status).toBe(404);
    expect(await client.ok('GET', `/api/v2/collections/${collection.id}`)).toMatchObject({ chunk_size: 60 });
  });

  it('U9: come after what is said beside them, and before a template, in whatever makes a collection', async () => {
    await post('profiles', { name: 'ours', strategy: 'sentence', config: { chunk_size: 70, chunk_overlap: 7 } });
    const made = (path: string, body: object) => client.ok<{ id: string }>('POST', path, { name: randomUUID(), chunking_profile: 'ours', ...body });
    const ours = { chunking_strategy: 'sentence', chunk_size: 70, chunk_overlap: 7 };
    const original = await made('/api/v2/collections', { template: 'legal' });
    expect(original).toMatchObject({ ...ours, chunking_config: {}, quantization: 'float32' });
    expect(await made('/api/v2/collections', { template: 'legal', chunk_size: 90 })).toMatchObject({ ...ours, chunk_size: 90 });
    const plain = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID(), chunk_size: 200 });
    expect(await made(`/api/v2/collections/${plain.id}/clone`, {})).toMatchObject(ours);
    expect(await made(`/api/v2/collections/${plain.id}/clone`, { chunk_overlap: 5 })).toMatchObject({ ...ours, chunk_overlap: 5 });
    const settings = { chunking_profile: 'ours', quantization: 'int8' };
    const template = await client.ok<{ name: string }>('POST', '/api/v2/collection-templates', { name: 'with a profile', settings });
    expect(template).toMatchObject({ settings: { ...ours, quantization: 'int8' } });
    const under = { name: randomUUID(), template: template.name };
    expect(await client.ok('POST', '/api/v2/collections', under)).toMatchObject({ ...ours, quantization: 'int8' });
    const unknown = { name: 'x', settings: { chunking_profile: 'nobody has it' } };
    expect((await client.call('POST', '/api/v2/collection-templates', unknown)).status).toBe(404);
    expect((await client.call('POST', `/api/v2/collections/${plain.id}/clone`, { name: 'x', chunking_profile: 'nobody has it' })).status).toBe(404);
  });

  it('U9: a repeat with the same Idempotency-Key gets its first answer when the profile is gone', async () => {
    const profile = await post<{ id: string }>('profiles', { name: 'passing', strategy: 'sentence', config: { chunk_size: 80 } });
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
    const kept = { 'idempotency-key': randomUUID() };
    const requests: [path: string, body: object][] = [
      ['/api/v2/collections', { name: randomUUID(), chunking_profile: 'passing' }],
      [`/api/v2/collections/${id}/clone`, { name: randomUUID(), chunking_profile: 'passing' }],
      [`/api/v2/collections/${id}/reindex`, { chunking_profile: 'passing' }],
      ['/api/v2/collection-templates', { name: randomUUID(), settings: { chunking_profile: 'passing' } }],
    ];
    const first = [];
    for (const [path, body] of requests) first.push(await client.ok('POST', path, body, kept));
    expect((await client.call('DELETE', `/api/v2/chunking/profiles/${profile.id}`)).status).toBe(204);
    for (const [at, [path, body]] of requests.entries()) {
      expect(await client.ok('POST', path, body, kept)).toEqual(first[at]);
      expect((await client.call('POST', path, { ...body, chunking_profile: 'another' }, kept)).status).toBe(path.endsWith('templates') ? 400 : 422);
      expect((await client.call('POST', path, body)).status).toBe(404);
    }
  });

  it('U9: what a request says itself is added to a profile, and a collection is cut as its preview', async () => {
    await post('profiles', { name: 'families', strategy: 'hierarchical', config: { chunk_size: 2_000, child_size: 50, child_overlap: 5 } });
    const preview = await post('preview', { text: TEXT, profile: 'families', config: { child_overlap: 10 } });
    expect(preview).toMatchObject({ strategy: 'hierarchical', config: { chunk_size: 2_000, child_size: 50, child_overlap: 10 } });
    const wanted = { name: randomUUID(), chunking_profile: 'families', chunking_config: { child_overlap: 10 } };
    const collection = await client.ok<{ id: string }>('POST', '/api/v2/collections', wanted);
    const config = { child_size: 50, child_overlap: 10 };
    expect(collection).toMatchObject({ chunking_strategy: 'hierarchical', chunk_size: 2_000, chunk_overlap: 400, chunking_config: config });
  });
});

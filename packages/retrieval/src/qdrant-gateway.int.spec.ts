import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CairnError, type Conditions, type OrgId, PermanentJobError, type SparseVector, scopeOfPrincipal } from '@cairn/common/contracts';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { pointOf, qdrantUnderTest, someScope, vectorOf } from '../test/qdrant-under-test.js';
import { QdrantGateway } from './qdrant-gateway.js';
import { scoreOf } from './score.js';
import { SpaceMaintenance } from './space-maintenance.js';

jest.setTimeout(60_000); // on a machine that does other things too

const options = qdrantUnderTest();
const DIMENSION = 16;
const SPACE = 'vectors_v1';
let gateway: QdrantGateway;
let maintenance: SpaceMaintenance;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  gateway = new QdrantGateway(options);
  maintenance = new SpaceMaintenance(options);
  for (const space of [SPACE, 'wide']) await gateway.ensureSpace({ space, dimension: space === SPACE ? DIMENSION : 384, distance: 'Cosine' });
});

afterAll(async () => {
  for (const space of await maintenance.listSpaces()) await maintenance.dropSpace(space);
  await Promise.all([gateway, maintenance, ...opened].map((one) => one.close()));
});

function sparse(...entries: [index: number, value: number][]): SparseVector {
  return { indices: Uint32Array.from(entries, ([index]) => index), values: Float32Array.from(entries, ([, value]) => value) };
}

describe.each([
  ['gRPC', options.grpcUrl],
  ['REST', undefined],
])('writing over %s', (transport, grpcUrl) => {
  let writer: QdrantGateway;
  beforeAll(() => {
    writer = new QdrantGateway({ ...options, grpcUrl });
  });
  afterAll(() => writer.close());

  test('what was written is read back equal, vector and payload', async () => {
    const scope = someScope();
    const point = pointOf({ scope, asset: `naïve 页 😀 \u0000 "${transport}"`, segment: 'x'.repeat(512), vector: vectorOf(7, 384) });
    await writer.upsert(scope, 'wide', [point]);
    const [stored] = await readRaw('wide', [point.id]);
    expect(stored?.payload).toEqual({ ...point.payload, org_id: scope.orgId });
    expect(Float32Array.from(stored?.vector ?? [])).toEqual(point.vector);
  });

  test('V2: the same points five times over are one set of points', async () => {
    const scope = someScope();
    const points = Array.from({ length: 600 }, (_, at) => pointOf({ scope, asset: `a${at}`, vector: vectorOf(at) }));
    for (let time = 0; time < 5; time += 1) await writer.upsert(scope, SPACE, points);
    expect(await writer.count(scope, SPACE)).toBe(600);
  });

  test('a written point is found at once, with a score of one', async () => {
    const scope = someScope();
    const points = Array.from({ length: 20 }, (_, at) => pointOf({ scope, asset: `a${at}`, vector: vectorOf(at) }));
    await writer.upsert(scope, SPACE, points);
    const [best] = await writer.search(scope, SPACE, { vector: vectorOf(3), limit: 3 });
    expect(best).toMatchObject({ id: points[3]?.id, payload: { asset_id: 'a3', org_id: scope.orgId, token: 'token-1' } });
    expect(best?.score).toBeCloseTo(1, 5);
  });

  test('of a hit only what is wanted comes with it, and always whose it is', async () => {
    const scope = someScope();
    await writer.upsert(scope, SPACE, [pointOf({ scope, asset: 'a', vector: vectorOf(3) })]);
    const [hit] = await writer.search(scope, SPACE, { vector: vectorOf(3), limit: 1, facts: ['token'] });
    expect(hit?.payload).toMatchObject({ org_id: scope.orgId, token: 'token-1' });
    expect(hit?.payload.asset_id ?? '').toBe('');
  });

  test('V9: one point is found by its vector and by its terms, of its own organisation only', async () => {
    const [scope, foreign] = [someScope(), someScope()];
    const terms = [sparse([7, 0.5], [4_294_967_295, 0.25]), sparse([7, 0.125], [9, 0.75]), undefined];
    for (const one of [scope, foreign]) {
      const points = terms.map((of, at) => ({ ...pointOf({ scope: one, asset: `a${at}`, vector: vectorOf(at) }), terms: of }));
      await writer.upsert(one, SPACE, points);
    }
    const byTerms = await writer.search(scope, SPACE, { vector: sparse([7, 2], [4_294_967_295, 4]), limit: 10 });
    expect(byTerms.map(({ score, payload }) => [payload.asset_id, score, payload.org_id])).toEqual([
      ['a0', 2, scope.orgId],
      ['a1', 0.25, scope.orgId],
    ]);
    const [byVector] = await writer.search(scope, SPACE, { vector: vectorOf(1), limit: 1 });
    expect(byVector).toMatchObject({ id: byTerms[1]?.id, payload: { asset_id: 'a1' } });
    expect(await writer.search(scope, SPACE, { vector: sparse([9, 1]), limit: 10, conditions: { asset_id: 'a0' } })).toEqual([]);
    const [stored] = await readRaw(SPACE, [byTerms[0]?.id as string]);
    expect(stored?.vector).toMatchObject({ 'terms-1': { indices: [7, 4_294_967_295], values: [0.5, 0.25] } });
  });

  test('G6: what Postgres has of a point is compared as Qdrant compares it', async () => {
    const scope = someScope();
    const points = [1, 2, 3].map((seed) => ({
      ...pointOf({ scope, asset: `a${seed}`, vector: vectorOf(seed).map((value) => value * seed) }),
      terms: sparse([7, seed], [9 + seed, 0.5]),
    }));
    await writer.upsert(scope, SPACE, points);
    for (const question of [vectorOf(5), sparse([7, 0.3], [11, 2])]) {
      const hits = await writer.search(scope, SPACE, { vector: question, limit: 10 });
      expect(hits).toHaveLength(3);
      for (const { id, score } of hits) {
        const { vector, terms } = points.find((point) => point.id === id) as (typeof points)[0];
        expect(scoreOf(question, question instanceof Float32Array ? vector : terms)).toBeCloseTo(score, 6);
      }
    }
    expect(scoreOf(sparse([8, 1]), sparse([7, 1]))).toBeUndefined();
  });

  test('F18: terms that Qdrant could not compare are refused', async () => {
    const scope = someScope();
    const point = pointOf({ scope, asset: 'a', vector: vectorOf(1) });
    for (const bad of [sparse([2, 1], [1, 1]), sparse([1, Number.NaN]), { indices: new Uint32Array(2), values: new Float32Array(1) }])
      await expect(writer.upsert(scope, SPACE, [{ ...point, terms: bad }])).rejects.toBeInstanceOf(PermanentJobError);
    expect(await writer.count(scope, SPACE)).toBe(0);
  });

  test('V8: a quantised space is searched with the originals compared again', async () => {
    const scope = someScope();
    const knobs = { storage: 'int8' as const };
    await writer.ensureSpace({ space: 'small', dimension: DIMENSION, distance: 'Cosine', knobs });
    await writer.upsert(
      scope,
      'small',
      [1, 2, 3].map((at) => pointOf({ scope, asset: `a${at}`, vector: vectorOf(at) })),
    );
    const [best] = await writer.search(scope, 'small', { vector: vectorOf(2), limit: 2, params: { hnswEf: 64, exact: false } });
    expect(best?.payload.asset_id).toBe('a2');
    expect(best?.score).toBeCloseTo(1, 5);
  });

  test('F18: one bad vector among good ones stops the whole call before anything is sent', async () => {
    const scope = someScope();
    const good = pointOf({ scope, asset: 'good', vector: vectorOf(1) });
    for (const bad of [new Float32Array(DIMENSION), new Float32Array(DIMENSION).fill(Number.NaN), vectorOf(1, 8)]) {
      await expect(writer.upsert(scope, SPACE, [good, pointOf({ scope, asset: 'bad', vector: bad })])).rejects.toBeInstanceOf(PermanentJobError);
    }
    expect(await writer.count(scope, SPACE)).toBe(0);
  });

  test('facts that are not in the list never reach Qdrant, and the organisation comes from the scope', async () => {
    const scope = someScope();
    const point = pointOf({ scope, asset: 'a', vector: vectorOf(1) });
    const smuggled = { ...point, payload: { ...point.payload, org_id: someScope().orgId, text: 'a secret' } };
    await writer.upsert(scope, SPACE, [smuggled]);
    const [stored] = await readRaw(SPACE, [point.id]);
    expect(stored?.payload).toEqual({ ...point.payload, org_id: scope.orgId });
  });

  test('a point without one of its facts, or with an id that is none, is refused', async () => {
    const scope = someScope();
    const point = pointOf({ scope, asset: 'a', vector: vectorOf(1) });
    const { token: _, ...untokened } = point.payload;
    await expect(writer.upsert(scope, SPACE, [{ ...point, payload: untokened as typeof point.payload }])).rejects.toThrow('has no token');
    await expect(writer.upsert(scope, SPACE, [{ ...point, id: '1' as typeof point.id }])).rejects.toThrow('must be a UUID');
  });

  test('an aborted upsert sends no further batch', async () => {
    const scope = someScope();
    const points = [pointOf({ scope, asset: 'a', vector: vectorOf(1) })];
    await expect(writer.upsert(scope, SPACE, points, AbortSignal.abort(new Error('the lease is lost')))).rejects.toThrow('the lease is lost');
    expect(await writer.count(scope, SPACE)).toBe(0);
  });
});

test('E10: vectors of 16 and 8 bits are found nearly as well as those of 32, and 16 bits take half the room', async () => {
  const scope = someScope();
  const vectors = Array.from({ length: 1_000 }, (_, at) => vectorOf(at * 7 + 1, 64));
  const questions = Array.from({ length: 20 }, (_, at) => vectorOf(at * 13 + 5, 64));
  const found = new Map<string, string[][]>();
  for (const storage of ['float32', 'float16', 'int8'] as const) {
    await gateway.ensureSpace({ space: storage, dimension: 64, distance: 'Cosine', knobs: { storage } });
    await gateway.upsert(
      scope,
      storage,
      vectors.map((vector, at) => pointOf({ scope, asset: `a${at}`, vector })),
    );
    const search = async (vector: Float32Array) => (await gateway.search(scope, storage, { vector, limit: 10 })).map(({ payload }) => payload.asset_id);
    found.set(storage, await Promise.all(questions.map(search)));
  }
  const exact = found.get('float32') as string[][];
  for (const storage of ['float16', 'int8']) {
    const same = (found.get(storage) as string[][]).flatMap((assets, at) => assets.filter((asset) => exact[at]?.includes(asset)));
    expect(same.length / (questions.length * 10)).toBeGreaterThanOrEqual(0.95);
  }
  expect((await bytesOfVectors('float16')) / (await bytesOfVectors('float32'))).toBeCloseTo(0.5, 1);
});

describe.each([
  ['gRPC', options.grpcUrl],
  ['REST', undefined],
])('tenant isolation over %s', (_, grpcUrl) => {
  const gateway = new QdrantGateway({ ...options, grpcUrl });
  opened.push(gateway);
  const own = someScope();
  const foreign = someScope();
  const assets = ['a', 'b', 'c', '*', '', '$or', own.orgId, foreign.orgId];

  beforeAll(async () => {
    for (const scope of [own, foreign]) {
      const points = Array.from({ length: 120 }, (_, at) =>
        pointOf({ scope, asset: assets[at % assets.length] as string, segment: `s${at}`, vector: vectorOf(at) }),
      );
      await gateway.upsert(scope, SPACE, points);
    }
  });

  test('T1: two organisations load the same assets, and each finds its own only', async () => {
    for (const scope of [own, foreign]) {
      const hits = await gateway.search(scope, SPACE, { vector: vectorOf(1), limit: 500 });
      expect(hits).toHaveLength(120);
      expect(new Set(hits.map(({ payload }) => payload.org_id))).toEqual(new Set([scope.orgId]));
    }
  });

  test('T14: a filter that names another organisation finds nothing', async () => {
    const vector = vectorOf(1);
    expect(await gateway.search(own, SPACE, { vector, limit: 10, conditions: { org_id: foreign.orgId } })).toEqual([]);
    expect(await gateway.search(own, SPACE, { vector, limit: 10, conditions: { org_id: [own.orgId, foreign.orgId] } })).toHaveLength(10);
    expect(await gateway.count(own, SPACE, { org_id: foreign.orgId })).toBe(0);
  });

  test('T2: planted points of others never come back from 400 generated searches', async () => {
    const plantedIds = await plant(own.orgId);
    expect(await maintenance.retrieveIds(SPACE, plantedIds)).toEqual(new Set(plantedIds));
    const random = randomOf(42);
    for (let round = 0; round < 40; round += 1) {
      const searches = Array.from({ length: 10 }, () => {
        const conditions = randomConditions(random, [...assets, foreign.orgId]);
        return gateway.search(own, SPACE, {
          vector: vectorOf(random() * 120),
          limit: 1 + Math.floor(random() * 300),
          conditions,
          excludeIds: random() < 0.3 ? plantedIds : [],
        });
      });
      for (const hit of (await Promise.all(searches)).flat()) {
        expect(hit.payload.org_id).toBe(own.orgId);
        expect(plantedIds).not.toContain(hit.id);
      }
    }
  });

  test('excluded ids do not come back, and an unknown field is refused', async () => {
    const request = { vector: vectorOf(1), limit: 5 };
    const first = await gateway.search(own, SPACE, request);
    const next = await gateway.search(own, SPACE, { ...request, excludeIds: first.map(({ id }) => id) });
    expect(next).toHaveLength(5);
    expect(first.map(({ id }) => id).filter((id) => next.some((hit) => hit.id === id))).toEqual([]);
    await expect(gateway.search(own, SPACE, { ...request, conditions: { should: [] } as Conditions })).rejects.toBeInstanceOf(CairnError);
  });

  test('T2: named points have the scores of a search, and those of others are not found', async () => {
    const [vector, plantedIds] = [vectorOf(1), await plant(own.orgId)];
    const hits = await gateway.search(own, SPACE, { vector, limit: 5 });
    const { scores, hidden } = await gateway.compare(own, SPACE, { vector, ids: [...hits.map(({ id }) => id), ...plantedIds] });
    expect([...scores.keys()].sort()).toEqual(hits.map(({ id }) => id).sort());
    expect(hidden).toEqual(plantedIds);
    for (const { id, score } of hits) expect(scores.get(id)).toBeCloseTo(score, 6);
  });

  test('a tenant pages through its own points only', async () => {
    const seen: string[] = [];
    for (let offset: string | undefined, more = true; more; more = offset !== undefined) {
      const page = await gateway.scroll(own, SPACE, { limit: 50, offset });
      seen.push(...page.points.map(({ id }) => id));
      offset = page.next;
    }
    expect(new Set(seen).size).toBe(120);
    expect(seen).toHaveLength(120);
  });

  test('T2: every REST request of a tenant call carries the tenant condition and the shard key', async () => {
    const recorder = await recordingProxy(options.url);
    const recorded = new QdrantGateway({ ...options, url: recorder.url, grpcUrl: undefined });
    opened.push(recorded, recorder);
    await recorded.search(own, SPACE, {
      vector: vectorOf(1),
      limit: 5,
      conditions: { org_id: foreign.orgId },
      excludeIds: [pointOf({ scope: own, asset: 'a', vector: vectorOf(1) }).id],
    });
    await recorded.count(own, SPACE, { asset_id: 'a' });
    await recorded.scroll(own, SPACE, { limit: 5 });
    expect(recorder.bodies).toHaveLength(3);
    for (const body of recorder.bodies) {
      expect(body).toMatchObject({ shard_key: 'main', filter: { must: expect.arrayContaining([{ key: 'org_id', match: { value: own.orgId } }]) } });
      expect(Object.keys((body as { filter: object }).filter)).toEqual(['must']);
    }
    expect(recorder.encodings).toEqual(new Set(['identity']));
  });
});

test('a wrong API key is an outage of the installation, not a fault of the job', async () => {
  if (!options.apiKey) return; // the server under test takes everyone
  const stranger = new QdrantGateway({ ...options, apiKey: 'wrong' });
  opened.push(stranger);
  const scope = someScope();
  await expect(stranger.count(scope, SPACE)).rejects.toMatchObject({ name: 'DependencyError', dependency: 'qdrant' });
});

interface RawPoint {
  vector: number[];
  payload: Record<string, unknown>;
}

async function readRaw(space: string, ids: string[]): Promise<RawPoint[]> {
  return (await raw<{ result: RawPoint[] }>('POST', `${space}/points`, { ids, with_vector: true, with_payload: true })).result;
}

async function raw<Answer>(method: string, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(options.apiKey ? { 'api-key': options.apiKey } : {}) };
  const answer = await fetch(`${options.url}/collections/${options.namespace}_${path}`, { method, headers, body: JSON.stringify(body) });
  return (await answer.json()) as Answer;
}

interface Telemetry {
  collections: { collections: { id: string; shards: { local: { segments: { info: { vectors_size_bytes: number } }[] } }[] }[] };
}

async function bytesOfVectors(space: string): Promise<number> {
  const headers: Record<string, string> = options.apiKey ? { 'api-key': options.apiKey } : {};
  const { result } = (await (await fetch(`${options.url}/telemetry?details_level=8`, { headers })).json()) as { result: Telemetry };
  const own = result.collections.collections.find(({ id }) => id === `${options.namespace}_${space}`);
  const sizes = own?.shards.flatMap(({ local }) => local.segments.map(({ info }) => info.vectors_size_bytes)) ?? [];
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Points that a forged writer might have left: no organisation, several, a nested one, another letter case. */
async function plant(orgId: string): Promise<string[]> {
  const forged = [
    {},
    { org_id: null },
    { org_id: '-' },
    { org_id: orgId.toUpperCase() },
    { org_id: { org_id: orgId } },
    { 'x.org_id': orgId },
    { nested: [{ org_id: orgId }] },
  ];
  const points = forged.map((payload, at) => ({
    id: `00000000-0000-0000-0000-${String(at + 1).padStart(12, '0')}`,
    vector: Array.from(vectorOf(at)),
    payload: { asset_id: 'a', ...payload },
  }));
  await raw('PUT', `${SPACE}/points?wait=true`, { shard_key: 'main', points });
  return points.map(({ id }) => id);
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function randomConditions(random: () => number, values: string[]): Conditions {
  const value = () => values[Math.floor(random() * values.length)] as string;
  const fields = (['asset_id', 'segment_id', 'model', 'model_ver', 'org_id'] as const).filter(() => random() < 0.3);
  return Object.fromEntries(fields.map((field) => [field, random() < 0.5 ? value() : [value(), value(), 'mock', 'v1']]));
}

/** Passes everything on to Qdrant and keeps what was sent. */
async function recordingProxy(target: string) {
  const bodies: unknown[] = [];
  const encodings = new Set<string>();
  const server: Server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      encodings.add(String(incoming.headers['accept-encoding']));
      if (body.length > 0) bodies.push(JSON.parse(body.toString()));
      const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, encodings, close };
}

test('a scope of another spelling of the same organisation is another tenant', async () => {
  const scope = someScope();
  await gateway.upsert(scope, SPACE, [pointOf({ scope, asset: 'a', vector: vectorOf(1) })]);
  const shouting = scopeOfPrincipal({ orgId: scope.orgId.toUpperCase() as OrgId, actor: 'user:1' });
  expect(await gateway.count(shouting, SPACE)).toBe(0);
});

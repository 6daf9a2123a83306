import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { pointOf, qdrantUnderTest, someScope, vectorOf } from '../test/qdrant-under-test.js';
import { QdrantGateway } from './qdrant-gateway.js';
import { SpaceMismatchError, SpaceMissingError } from './space-errors.js';
import { SpaceMaintenance } from './space-maintenance.js';

jest.setTimeout(60_000); // on a machine that does other things too

const options = qdrantUnderTest();
const scope = someScope();
const opened: { close(): Promise<void> }[] = [];
let maintenance: SpaceMaintenance;

function open(): QdrantGateway {
  const gateway = new QdrantGateway(options);
  opened.push(gateway);
  return gateway;
}

beforeAll(() => {
  maintenance = new SpaceMaintenance(options);
  opened.push(maintenance);
});

afterAll(async () => {
  for (const space of await maintenance.listSpaces()) await maintenance.dropSpace(space);
  await Promise.all(opened.map((one) => one.close()));
});

describe('ensuring a space', () => {
  test('V7: twenty clients that ask at once and write at once all succeed', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => ensureAndWrite('race', at)));
    expect(await open().count(scope, 'race')).toBe(20);
  });

  test('V7: also those that come while the first is half-way are not told that it is ready before its shard takes writes', async () => {
    const late = async (at: number) => {
      await new Promise((resolve) => setTimeout(resolve, at * 25)); // spread over the half second that making a space takes
      await ensureAndWrite('staggered', at);
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => late(at)));
    expect(await open().count(scope, 'staggered')).toBe(20);
  });

  test('V8: the collection has the knobs, one tenant index and the filter indexes', async () => {
    const knobs = { payloadM: 24, efConstruct: 128, vectorsOnDisk: true, storage: 'int8' as const };
    await open().ensureSpace({ space: 'knobs', dimension: 16, distance: 'Cosine', knobs });
    const found = await maintenance.describeSpace('knobs');
    expect(found).toMatchObject({ dimension: 16, distance: 'Cosine', sharding: 'custom', knobs: { m: 0, segments: 2, ...knobs } });
    const tenantIndexes = found.indexes.filter(({ tenant }) => tenant).map(({ field }) => field);
    expect(tenantIndexes).toEqual(['org_id']);
    expect(found.indexes.map(({ field, type }) => `${field}:${type}`).sort()).toEqual(
      ['asset_id', 'index_id', 'org_id', 'segment_id'].map((field) => `${field}:keyword`),
    );
  });

  test('another dimension than the existing one is refused, and both are named', async () => {
    const gateway = open();
    await gateway.ensureSpace({ space: 'shape', dimension: 16, distance: 'Cosine' });
    const spec = { space: 'shape', dimension: 8, distance: 'Cosine' as const };
    for (const asker of [gateway, open()]) {
      const attempt = asker.ensureSpace(spec);
      await expect(attempt).rejects.toBeInstanceOf(SpaceMismatchError);
      await expect(attempt).rejects.toThrow('dimension 16 in Qdrant, but 8 is asked for');
    }
  });

  test('what a process that died half-way left is completed', async () => {
    const gateway = open();
    await gateway.ensureSpace({ space: 'half', dimension: 16, distance: 'Cosine' });
    await request('DELETE', 'half/index/asset_id?wait=true');
    await request('POST', 'half/shards/delete', { shard_key: 'main' });
    await open().ensureSpace({ space: 'half', dimension: 16, distance: 'Cosine' });
    expect((await maintenance.describeSpace('half')).indexes).toHaveLength(4);
    await gateway.upsert(scope, 'half', [pointOf({ scope, asset: 'a', vector: vectorOf(1) })]);
    expect(await gateway.count(scope, 'half')).toBe(1);
  });
});

describe('a space that is not there', () => {
  test('is an outage for reads and writes, which never make it', async () => {
    const gateway = open();
    const vector = vectorOf(1);
    const attempts = [
      gateway.upsert(scope, 'absent', [pointOf({ scope, asset: 'a', vector })]),
      gateway.search(scope, 'absent', { vector, limit: 1 }),
      maintenance.count('absent'),
      maintenance.readMarker('absent'),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ name: 'SpaceMissingError', space: 'absent', dependency: 'qdrant' });
    expect(await maintenance.listSpaces()).not.toContain('absent');
  });

  test.each([
    ['REST', undefined],
    ['gRPC', options.grpcUrl],
  ])('is noticed by a process that knew it, which goes on when it was made again (writes over %s)', async (_, grpcUrl) => {
    const gateway = new QdrantGateway({ ...options, grpcUrl });
    opened.push(gateway);
    const spec = { space: 'lost', dimension: 16, distance: 'Cosine' as const };
    const write = () => gateway.upsert(scope, 'lost', [pointOf({ scope, asset: 'a', vector: vectorOf(1) })]);
    await gateway.ensureSpace(spec);
    await write();
    await maintenance.dropSpace('lost');
    await expect(write()).rejects.toBeInstanceOf(SpaceMissingError);
    await expect(gateway.search(scope, 'lost', { vector: vectorOf(1), limit: 1 })).rejects.toBeInstanceOf(SpaceMissingError);
    await gateway.ensureSpace(spec);
    await write();
    expect(await gateway.count(scope, 'lost')).toBe(1);
    await maintenance.dropSpace('lost');
  });
});

test('spaces of another namespace are not listed', async () => {
  const other = new SpaceMaintenance({ ...options, namespace: `${options.namespace}x` });
  opened.push(other);
  await other.ensureSpace({ space: 'theirs', dimension: 4, distance: 'Cosine' });
  expect(await maintenance.listSpaces()).not.toContain('theirs');
  expect(await other.listSpaces()).toEqual(['theirs']);
  await other.dropSpace('theirs');
});

async function ensureAndWrite(space: string, at: number): Promise<void> {
  const gateway = open();
  await gateway.ensureSpace({ space, dimension: 16, distance: 'Cosine' });
  const cluster = JSON.parse(await request('GET', `${space}/cluster`)) as { result: { local_shards: { state: string }[] } };
  expect(cluster.result.local_shards.map(({ state }) => state)).toEqual(['Active']);
  await gateway.upsert(scope, space, [pointOf({ scope, asset: `a${at}`, vector: vectorOf(at) })]);
}

/** Straight to the server, to look at or to break what the gateway made. */
async function request(method: string, path: string, body?: object): Promise<string> {
  const headers = { 'content-type': 'application/json', ...(options.apiKey ? { 'api-key': options.apiKey } : {}) };
  const answer = await fetch(`${options.url}/collections/${options.namespace}_${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  expect([answer.status, text]).toEqual([200, expect.any(String)]);
  return text;
}

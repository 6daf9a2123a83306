import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { pointOf, qdrantUnderTest, someScope, vectorOf } from '../test/qdrant-under-test.js';
import { QdrantGateway } from './qdrant-gateway.js';
import { MARKER_POINT_ID, SpaceMaintenance, type StoredPointRef } from './space-maintenance.js';

jest.setTimeout(60_000); // on a machine that does other things too

const options = qdrantUnderTest();
const scopes = [someScope(), someScope()];
const SPACE = 'kept';
let gateway: QdrantGateway;
let maintenance: SpaceMaintenance;

beforeAll(async () => {
  gateway = new QdrantGateway(options);
  maintenance = new SpaceMaintenance(options);
  await maintenance.ensureSpace({ space: SPACE, dimension: 16, distance: 'Cosine' });
});

afterAll(async () => {
  for (const space of await maintenance.listSpaces()) await maintenance.dropSpace(space);
  await Promise.all([gateway.close(), maintenance.close()]);
});

async function fill(count: number) {
  const written = scopes.map((scope) => ({
    scope,
    points: Array.from({ length: count }, (_, at) => pointOf({ scope, asset: `a${at}`, token: randomUUID(), vector: vectorOf(at) })),
  }));
  for (const { scope, points } of written) await gateway.upsert(scope, SPACE, points);
  return written;
}

async function scrollAll(limit: number): Promise<StoredPointRef[]> {
  const all: StoredPointRef[] = [];
  for (let offset: string | undefined, more = true; more; more = offset !== undefined) {
    const page = await maintenance.scroll(SPACE, { limit, offset });
    all.push(...page.points);
    offset = page.next;
  }
  return all;
}

test('a full scroll sees every point of every organisation once, with what Postgres needs to judge it', async () => {
  const before = await maintenance.count(SPACE);
  const written = await fill(70);
  const all = await scrollAll(33);
  expect(all).toHaveLength(before + 140);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  for (const { scope, points } of written) {
    const first = points[0];
    expect(all.find(({ id }) => id === first?.id)).toEqual({
      id: first?.id,
      orgId: scope.orgId,
      pointId: first?.payload.point_id,
      token: first?.payload.token,
    });
  }
});

test('exactly the ids that were named are deleted, and deleting them again is no error', async () => {
  const [own, other] = await fill(10);
  const ids = own?.points.slice(0, 4).map(({ id }) => id as string) ?? [];
  const kept = [...(own?.points.slice(4) ?? []), ...(other?.points ?? [])].map(({ id }) => id as string);
  for (let time = 0; time < 2; time += 1) await maintenance.deleteByIds(SPACE, [...ids, randomUUID()]);
  expect(await maintenance.retrieveIds(SPACE, ids)).toEqual(new Set());
  expect(await maintenance.retrieveIds(SPACE, [...ids, ...kept])).toEqual(new Set(kept));
});

test('something that is not an id is refused instead of becoming a selector', async () => {
  await expect(maintenance.deleteByIds(SPACE, [{ filter: {} } as unknown as string])).rejects.toThrow('must be a UUID');
});

test('the marker is kept, and no tenant and no count ever meets it', async () => {
  expect(await maintenance.readMarker(SPACE)).toBeUndefined();
  const before = await maintenance.count(SPACE);
  for (const counter of [1, 2]) await maintenance.writeMarker(SPACE, { epoch: 'e-1', counter });
  expect(await maintenance.readMarker(SPACE)).toEqual({ epoch: 'e-1', counter: 2 });
  expect(await maintenance.count(SPACE)).toBe(before);
  expect((await scrollAll(50)).map(({ id }) => id)).not.toContain(MARKER_POINT_ID);
  const axis = Float32Array.from({ length: 16 }, (_, at) => (at === 0 ? 1 : 0));
  for (const scope of scopes) expect((await gateway.search(scope, SPACE, { vector: axis, limit: 1_000 })).map(({ id }) => id)).not.toContain(MARKER_POINT_ID);
});

test('a space that was dropped and made again has no marker, so the reconciler knows that it is empty', async () => {
  const spec = { space: 'wiped', dimension: 16, distance: 'Cosine' as const };
  await maintenance.ensureSpace(spec);
  await maintenance.writeMarker('wiped', { epoch: 'e-1', counter: 7 });
  await maintenance.dropSpace('wiped');
  await expect(maintenance.readMarker('wiped')).rejects.toMatchObject({ name: 'SpaceMissingError' });
  await maintenance.ensureSpace(spec);
  expect(await maintenance.readMarker('wiped')).toBeUndefined();
});

test('a running Qdrant is healthy', async () => {
  await maintenance.health(2_000);
  await gateway.health(2_000);
});

import { startStack } from '@cairn/stack';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { pointOf, someScope, until, vectorOf } from '../test/qdrant-under-test.js';
import { QdrantGateway } from './qdrant-gateway.js';
import { SpaceMaintenance } from './space-maintenance.js';

jest.setTimeout(60_000); // on a machine that does other things too

// A Qdrant of its own, because other suites must not see it die.
let stack: Awaited<ReturnType<typeof startStack>>;
const scope = someScope();
const SPACE = 'survivor';
const TIMEOUTS = { searchMs: 1_000, upsertMs: 2_000, maintenanceMs: 1_000 };

beforeAll(async () => {
  stack = await startStack({ servers: ['qdrant'] });
});

afterAll(() => stack.stop());

describe.each(['gRPC', 'REST'])('a gateway that writes over %s', (transport) => {
  let gateway: QdrantGateway;
  let maintenance: SpaceMaintenance;
  const asset = `written over ${transport}`;
  const write = (seed: number) => gateway.upsert(scope, SPACE, [pointOf({ scope, asset, segment: `s${seed}`, vector: vectorOf(seed) })]);
  const search = () => gateway.search(scope, SPACE, { vector: vectorOf(1), limit: 10, conditions: { asset_id: asset } });
  const answers = () =>
    search().then(
      () => true,
      () => false,
    );

  beforeAll(async () => {
    const { url, apiKey, grpcPort } = stack.qdrant;
    const grpcUrl = transport === 'gRPC' ? `http://127.0.0.1:${grpcPort}` : undefined;
    const options = { url, apiKey, namespace: 'restart', timeouts: TIMEOUTS };
    gateway = new QdrantGateway({ ...options, grpcUrl });
    maintenance = new SpaceMaintenance(options);
    await gateway.ensureSpace({ space: SPACE, dimension: 16, distance: 'Cosine' });
  });

  afterAll(() => Promise.all([gateway.close(), maintenance.close()]));

  test('F6: acknowledged points survive SIGKILL, and the gateway finds the server again by itself', async () => {
    await write(1);
    await stack.kill('qdrant');
    await expect(write(2)).rejects.toMatchObject({ name: 'DependencyError', dependency: 'qdrant' });
    await expect(search()).rejects.toMatchObject({ name: 'DependencyError', dependency: 'qdrant' });
    await stack.start('qdrant');
    await until(answers);
    await write(2);
    expect((await search()).map(({ payload }) => payload.segment_id)).toEqual(['s1', 's2']);
  });

  test('F6: a Qdrant that hangs costs no more than the deadline, and nothing when it goes on', async () => {
    await stack.pause('qdrant');
    try {
      await until(() => answers().then((answered) => !answered)); // a signal takes its time
      const started = performance.now();
      await expect(search()).rejects.toMatchObject({ name: 'DependencyError' });
      expect(performance.now() - started).toBeLessThan(2 * TIMEOUTS.searchMs + 1_000);
    } finally {
      stack.resume('qdrant');
    }
    await until(answers);
    expect(await search()).toHaveLength(2);
  });

  test('F8: a wiped Qdrant is an outage with a name until somebody makes the space again', async () => {
    await maintenance.writeMarker(SPACE, { epoch: 'e-1', counter: 3 });
    await stack.wipe('qdrant');
    await stack.start('qdrant');
    await write(3).catch(() => undefined); // may only notice that the old connection is gone
    await expect(write(3)).rejects.toMatchObject({ name: 'SpaceMissingError', space: SPACE });
    await expect(search()).rejects.toMatchObject({ name: 'SpaceMissingError' });
    await maintenance.ensureSpace({ space: SPACE, dimension: 16, distance: 'Cosine' });
    expect(await maintenance.readMarker(SPACE)).toBeUndefined();
    await write(3);
    expect(await search()).toHaveLength(1);
  });
});

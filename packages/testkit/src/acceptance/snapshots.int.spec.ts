import { isDeepStrictEqual } from 'node:util';
import { collectionNameOf } from '@cairn/retrieval';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient } from './collection-client.js';

// Qdrant's own snapshots, taken and restored beside the system by whoever runs Qdrant.

jest.setTimeout(180_000);

const ANIMALS = ['badger', 'heron', 'otter', 'lynx', 'marmot', 'raven', 'viper', 'salmon'];
const QUESTION = 'which animal lives beside the river';

interface Hit {
  external_id: string;
  text: string;
  score: number;
}

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client);
  await collection.add(ANIMALS.map((animal) => ({ external_id: animal, text: `The ${animal} lives beside the river.` })));
}, 120_000);
afterAll(() => system?.stop());

/** A search that may be refused. */
const searchBy = (search_mode: string) =>
  client.call<{ results: Hit[] }>('POST', '/api/v2/search', { collection_uuids: [collection.id], query: QUESTION, search_mode });

async function found(search_mode = 'hybrid'): Promise<Hit[]> {
  return (await collection.hits(QUESTION, { search_mode })).map(({ external_id, text, score }) => ({ external_id, text, score }));
}

const foundInAllWays = async () => ({ dense: await found('dense'), sparse: await found('sparse'), hybrid: await found() });

async function qdrant(method: string, path: string, body?: object): Promise<unknown> {
  const { url, apiKey } = system.stack.qdrant;
  const headers = { 'content-type': 'application/json', 'api-key': apiKey, 'accept-encoding': 'identity' };
  const answer = await fetch(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const { result, status } = (await answer.json()) as { result: unknown; status: unknown };
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(status)}`);
  return result;
}

async function pathOfPoints(): Promise<string> {
  const [index] = await system.database.sql<{ space: string }>('SELECT space FROM collection_indexes WHERE collection_id = $1', [collection.id]);
  return `/collections/${collectionNameOf(system.namespace, index?.space as string)}`;
}

async function points(): Promise<number> {
  const filter = { must: [{ key: 'org_id', match: { value: client.person.org } }] };
  return ((await qdrant('POST', `${await pathOfPoints()}/points/count`, { filter, exact: true })) as { count: number }).count;
}

/** Takes a snapshot, and resolves with what brings Qdrant back to it. */
async function snapshot(): Promise<() => Promise<unknown>> {
  const path = await pathOfPoints();
  const shards = (await qdrant('GET', `${path}/cluster`)) as { local_shards: { shard_id: number }[] };
  const shard = `${path}/shards/${shards.local_shards[0]?.shard_id}/snapshots`;
  const { name } = (await qdrant('POST', shard)) as { name: string };
  return () => qdrant('PUT', `${shard}/recover?wait=true`, { location: name, priority: 'snapshot' });
}

describe('snapshots of Qdrant', () => {
  it('V10: an older one comes back, and no search in all that time shows what was deleted or replaced', async () => {
    const restore = await snapshot();
    await collection.delete((await documentOf('badger')).id);
    await collection.add([
      { external_id: 'heron', text: 'The heron has moved, and lives beside the river in the south.' },
      { external_id: 'newt', text: 'The newt lives beside the river.' },
    ]);
    const before = await foundInAllWays();
    const live = new Map(before.hybrid.map(({ external_id, text }) => [external_id, text]));
    expect(live.size).toBe(ANIMALS.length);

    let restoring = true;
    const wrong: Hit[] = [];
    const reader = (async () => {
      for (let mode = 0; restoring; mode++) {
        const { status, body } = await searchBy(['dense', 'sparse', 'hybrid'][mode % 3] as string);
        if (status === 200) wrong.push(...body.results.filter(({ external_id, text }) => live.get(external_id) !== text));
        else expect(status).toBe(503);
      }
    })();
    await restore();
    await isAgainAs(before);
    restoring = false;
    await reader;
    expect(wrong).toEqual([]);
  });

  it('V10: dropped altogether and restored, the same search has the same result', async () => {
    const before = await foundInAllWays();
    await qdrant('DELETE', await pathOfPoints());
    await isAgainAs(before);
  });
});

/** Whole and without what is not live; while it is brought back a search may be refused. */
async function isAgainAs(before: Awaited<ReturnType<typeof foundInAllWays>>): Promise<void> {
  await until('Qdrant to have what is live and nothing else', async () => (await points()) === before.dense.length, 60_000);
  await until('the same search to have the same result', async () => isDeepStrictEqual(await foundInAllWays(), before));
}

async function documentOf(externalId: string): Promise<{ id: string }> {
  return (await collection.documents()).find(({ external_id }) => external_id === externalId) as { id: string };
}

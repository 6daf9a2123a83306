import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type DocumentReply } from './collection-client.js';
import { StoredPoints } from './stored-points.js';

jest.setTimeout(120_000);

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

type Extracted = DocumentReply & { keywords?: string[]; entities?: Record<string, string[]> };

const LEASE = {
  external_id: 'lease',
  text: 'The contract ends on 31 March 2025. Until then the tenant pays EUR 1,200.50 under this contract. Questions: Jane.Doe@Example.org, see ERR-4711 and https://example.org/lease.',
};
const RECIPE = { external_id: 'recipe', text: 'Knead the dough. Let the dough rest, then bake the dough for an hour.' };

async function searched(collection: CollectionClient, filters: object): Promise<string[]> {
  const body = { query: 'a text', collection_ids: [collection.id], filters };
  const { results } = await client.ok<{ results: { external_id: string }[] }>('POST', '/api/v2/search', body);
  return [...new Set(results.map(({ external_id }) => external_id))].sort();
}

async function listed(collection: CollectionClient, filter: object): Promise<string[]> {
  const { documents } = await client.ok<{ documents: { external_id: string }[] }>(
    'GET',
    collection.path(`/documents?filter=${encodeURIComponent(JSON.stringify(filter))}`),
  );
  return documents.map(({ external_id }) => external_id).sort();
}

const documentOf = async (collection: CollectionClient, externalId: string): Promise<Extracted> => {
  const found = (await collection.documents()).find(({ external_id }) => external_id === externalId);
  return (await collection.document(found?.id as string)) as Extracted;
};

describe('R9: keywords and entities', () => {
  it('R9: are in documents of a collection that wants them, and filters of searches, lists and deletions ask for them', async () => {
    const collection = await CollectionClient.make(client, { extract_metadata: true });
    expect((await collection.detail()).extract_metadata).toBe(true);
    await collection.add([LEASE, RECIPE, { external_id: 'mine', text: 'Nothing of the kind.', metadata: { keywords: ['contract'] } }]);
    const { keywords, entities, ...lease } = await documentOf(collection, 'lease');
    expect(keywords).toEqual(expect.arrayContaining(['contract', 'tenant']));
    expect(entities).toEqual({
      emails: ['jane.doe@example.org'],
      urls: ['https://example.org/lease'],
      dates: ['2025-03-31'],
      amounts: ['EUR 1200.5'],
      phones: [],
      codes: ['ERR-4711'],
    });
    expect(lease).toMatchObject({ metadata: {} });

    for (const ask of [searched, listed]) {
      expect(await ask(collection, { keywords: { $in: ['contract'] } })).toEqual(['lease', 'mine']);
      expect(await ask(collection, { '$document.keywords': 'contract' })).toEqual(['lease']);
      expect(await ask(collection, { 'entities.codes': 'ERR-4711' })).toEqual(['lease']);
      expect(await ask(collection, { 'entities.dates': { $gte: '2025-01-01', $lt: '2026-01-01' } })).toEqual(['lease']);
      expect(await ask(collection, { keywords: 'dough' })).toEqual(['recipe']);
      expect(await ask(collection, { 'entities.codes': 'ERR-4712' })).toEqual([]);
    }

    const deletion = await client.ok<{ id: string }>('POST', collection.path('/documents/delete'), { filter: { 'entities.codes': 'ERR-4711' } });
    await collection.completed(deletion.id);
    expect((await collection.documents()).map(({ external_id }) => external_id).sort()).toEqual(['mine', 'recipe']);
  });

  it('R9: are nowhere where nobody asked for them, and come with a reindex that does', async () => {
    const collection = await CollectionClient.make(client);
    await collection.add([LEASE, RECIPE]);
    const before = await documentOf(collection, 'lease');
    expect([before.keywords, before.entities]).toEqual([undefined, undefined]);
    expect(await searched(collection, { keywords: { $exists: true } })).toEqual([]);
    const refused = await client.call('PATCH', collection.path(), { extract_metadata: true });
    expect(refused.status).toBe(400);
    await collection.completed(await collection.reindex({ extract_metadata: true }));
    expect(await searched(collection, { 'entities.codes': 'ERR-4711' })).toEqual(['lease']);
    await collection.completed(await collection.reindex({ extract_metadata: false }));
    expect(await searched(collection, { keywords: { $exists: true } })).toEqual([]);
    // Going back brings back what the index before had.
    await collection.completed((await client.ok<{ id: string }>('POST', collection.path('/rollback'))).id);
    expect(await searched(collection, { 'entities.codes': 'ERR-4711' })).toEqual(['lease']);
  });

  it('R9: are what a source says of its files, whatever its collection says', async () => {
    const root = join(system.sources, 'leases');
    mkdirSync(root);
    writeFileSync(join(root, 'lease.md'), `# Lease\n\n${LEASE.text}`);
    for (const [extract_metadata, wanted] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const collection = await CollectionClient.make(client, { extract_metadata: !extract_metadata });
      const { status } = await collection.source({ source_type: 'directory', source_path: root, config: { extract_metadata } });
      expect([status, (await searched(collection, { 'entities.codes': 'ERR-4711' })).length]).toEqual(['completed', wanted]);
    }
    const collection = await CollectionClient.make(client);
    const wrong = await client.call<{ errors: { path: string }[] }>('POST', collection.path('/sources'), {
      source_type: 'directory',
      source_path: root,
      config: { extract_metadata: 'yes' },
    });
    expect([wrong.status, wrong.body.errors]).toEqual([422, [{ path: 'config.extract_metadata', message: 'must be true or false' }]]);
  });

  it('T13: are in Postgres alone, and go with their document', async () => {
    const collection = await CollectionClient.make(client, { extract_metadata: true });
    const [sent] = await collection.add([{ text: 'Write to canary.of.extraction@example.org about CANARY-77 at once.' }]);
    const points = await new StoredPoints(system).all();
    expect(points.length).toBeGreaterThan(0);
    expect(JSON.stringify(points)).not.toMatch(/canary/i);
    const kept = await system.database.sql(
      `SELECT 1 FROM jobs j WHERE org_id = $1 AND j::text ~* 'canary' UNION ALL SELECT 1 FROM job_events e WHERE org_id = $1 AND e::text ~* 'canary'
        UNION ALL SELECT 1 FROM outbox o WHERE org_id = $1 AND o::text ~* 'canary' UNION ALL SELECT 1 FROM operations p WHERE org_id = $1 AND p::text ~* 'canary'`,
      [client.person.org],
    );
    expect(kept).toEqual([]);
    await client.ok('DELETE', `/api/v2/documents/${sent?.id}`);
    const left = await system.database.sql(`SELECT 1 FROM documents d WHERE org_id = $1 AND d::text ~* 'canary'`, [client.person.org]);
    expect(left).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type OperationReply, type Sent } from './collection-client.js';

jest.setTimeout(90_000);

interface Issue {
  code: string;
  count: number;
  action: { method: string; path: string; body: object | null };
}

interface Health {
  score: number;
  status: string;
  issues: Issue[];
  recommendations: string[];
  maintained_at: string | null;
}

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const BROKEN = '%PDF-1.7 and then nothing that a PDF has';
const healthOf = ({ client, path }: { client: CollectionClient['client']; path: string }) => client.ok<Health>('GET', `${path}/health`);
const of = (collection: CollectionClient) => ({ client: collection.client, path: collection.path() });
const codesOf = async (collection: CollectionClient) => (await healthOf(of(collection))).issues.map(({ code }) => code);

const issueOf = (issues: Issue[], code: string) => issues.find((issue) => issue.code === code) as Issue;

/** As if it had been replaced, and the attempts of its job had been used up for this reason. */
const fail = (document: string, code: string) =>
  system.database.sql(`UPDATE documents SET gen = gen + 1, status = 'failed', error_code = $2, error_message = 'by this test' WHERE id = $1`, [document, code]);

describe('the health of a collection', () => {
  it('K14: one failed document of many lowers it, and the action that it names is a reindex of what failed', async () => {
    const collection = await CollectionClient.make(system.client());
    await collection.add(Array.from({ length: 9 }, (_, i) => ({ text: `text ${i}` })));
    expect(await healthOf(of(collection))).toMatchObject({ score: 100, status: 'ready', issues: [], recommendations: [] });
    const { body } = await collection.upload([['broken.pdf', BROKEN, 'application/pdf']]);
    await collection.ended(body.operation_id);
    const { score, issues, recommendations } = await healthOf(of(collection));
    expect(score).toBeLessThan(100);
    expect(score).toBeGreaterThan(50);
    const failed = issueOf(issues, 'failed_documents');
    expect(failed).toMatchObject({ count: 1, action: { method: 'POST', body: { only_failed: true } } });
    expect(recommendations.join()).toContain('only_failed');
    const { method, path, body: asked } = failed.action;
    const again = await collection.client.ok<OperationReply>(method, path, asked);
    expect(await collection.ended(again.id)).toMatchObject({ type: 'reindex', status: 'failed', progress: { total: 1, failed: 1 } });
    await collection.delete((await collection.documents('&status=failed'))[0]?.id as string);
    expect(await codesOf(collection)).not.toContain('failed_documents');
  });

  it('K14: says which documents have no text, and so do these', async () => {
    const collection = await CollectionClient.make(system.client());
    const { body } = await collection.upload([['blank.txt', ' \n ', 'text/plain']]);
    await collection.completed(body.operation_id);
    expect(issueOf((await healthOf(of(collection))).issues, 'documents_without_text')).toMatchObject({ count: 1 });
    const { facts } = await collection.client.ok<{ facts: object }>('GET', `/api/v2/documents/${body.documents[0]?.id}`);
    expect(facts).toMatchObject({ warnings: ['No text was found in it, so no search finds it.'] });
  });

  it('K14: says what waits for nobody, what the index lacks, what is the same, and what hangs', async () => {
    const collection = await CollectionClient.make(system.client());
    const [one, other] = (await collection.add([{ text: 'the same' }, { text: 'the same' }])) as [Sent, Sent];
    expect(await codesOf(collection)).toEqual(['duplicates']);
    await system.database.sql(`UPDATE documents SET status = 'pending' WHERE id = $1`, [one.id]);
    await system.database.sql('DELETE FROM manifests WHERE document_id = $1', [other.id]);
    await system.database.sql(
      `WITH o AS (INSERT INTO operations (org_id, id, collection_id, type, state, unfinished, created_by, created_at)
        SELECT org_id, gen_random_uuid(), id, 'append', 'processing', 1, 'x', now() - interval '2 hours' FROM collections WHERE id = $1 RETURNING 1) SELECT 1 FROM o`,
      [collection.id],
    );
    expect(await codesOf(collection)).toEqual(['outdated_documents', 'stuck_operations', 'unindexed_documents', 'duplicates']);
    const { issues } = await healthOf(of(collection));
    const { path } = issueOf(issues, 'stuck_operations').action;
    expect((await collection.client.call('DELETE', path)).status).toBe(200);
    expect(await codesOf(collection)).not.toContain('stuck_operations');
  });

  it('K14: that its first index was not opened is told until it holds documents, or another index serves', async () => {
    const notOpened = async () => {
      const collection = await CollectionClient.make(system.client());
      const { recent_operations: operations } = await collection.is('ready');
      await system.database.sql(`UPDATE operations SET state = 'failed' WHERE id = $1`, [operations[0]?.id]);
      expect(await healthOf(of(collection))).toMatchObject({ score: 0, status: 'error', issues: [{ code: 'not_opened' }, { code: 'failed_operations' }] });
      return collection;
    };
    const [filled, remade] = [await notOpened(), await notOpened()];
    await filled.add([{ text: 'a lantern that is found' }]);
    expect(await filled.texts('lantern')).toEqual(['a lantern that is found']);
    await remade.completed(await remade.reindex({ force: true }));
    for (const collection of [filled, remade]) {
      expect(await collection.detail()).toMatchObject({ status: 'ready' });
      expect(await codesOf(collection)).not.toContain('not_opened');
    }
  });

  it('K14: with auto_maintenance, and only with it, what failed by chance is tried again by itself, once in a while', async () => {
    const client = system.client();
    const [kept, left] = [await CollectionClient.make(client, { auto_maintenance: true }), await CollectionClient.make(client)];
    expect(await kept.detail()).toMatchObject({ auto_maintenance: true });
    const [lost, wrong] = (await kept.add([{ text: 'a text that was unlucky' }, { text: 'a text that is wrong' }])) as [Sent, Sent];
    const [alone] = (await left.add([{ text: 'a text that nobody cares for' }])) as [Sent];
    await fail(alone.id, 'error');
    await fail(wrong.id, 'format');
    await fail(lost.id, 'error');
    await until('the unlucky one to be tried again', async () => ((await kept.document(lost.id)).status === 'completed' ? true : undefined));
    const maintained = (await kept.detail()).recent_operations.filter(({ type }) => type === 'reindex');
    expect(maintained).toMatchObject([{ config: { only_failed: true, maintenance: true }, progress: { total: 1 } }]);
    expect(await kept.completed(maintained[0]?.id as string)).toMatchObject({ progress: { percentage: 100 } });
    expect([(await kept.document(wrong.id)).status, (await left.document(alone.id)).status]).toEqual(['failed', 'failed']);
    expect((await healthOf(of(kept))).maintained_at).not.toBeNull();
    await fail(lost.id, 'error');
    await client.ok('PATCH', left.path(), { auto_maintenance: true });
    await until('the other one to be tried again', async () => ((await left.document(alone.id)).status === 'completed' ? true : undefined));
    expect((await kept.document(lost.id)).status).toBe('failed'); // it was looked at too, and it is too soon
  });
});

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ env: { QUOTA_DOCUMENTS: '5000' } });
}, 120_000);
afterAll(() => system?.stop());

interface Counts {
  documents: number;
  bytes: number;
  sources: number;
}

const makeCollection = async (client: ApiClient): Promise<string> =>
  (await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() })).id;
const put = (client: ApiClient, quotas: object) => client.ok('PUT', '/api/v2/quotas', quotas);
const send = (client: ApiClient, collection: string, texts: string[]) =>
  client.call<{ code?: string; current?: object; detail: string; documents: { id: string }[]; operation_id: string }>(
    'POST',
    `/api/v2/collections/${collection}/documents`,
    { documents: texts.map((text) => ({ external_id: text, text })) },
  );

/** Sent again where all connections to the database are taken: that is no word about quotas. */
async function post(client: ApiClient, collection: string, ...texts: string[]): ReturnType<typeof send> {
  for (;;) {
    const reply = await send(client, collection, texts);
    if (reply.status !== 503) return reply;
  }
}

async function used(client: ApiClient, collection?: string): Promise<Counts & { operations_per_hour: number }> {
  const query = collection === undefined ? '' : `?collection_id=${collection}`;
  const { quotas } = await client.ok<{ quotas: Record<string, { used: number }> }>('GET', `/api/v2/quotas${query}`);
  return Object.fromEntries(Object.entries(quotas).map(([kind, { used }]) => [kind, used])) as never;
}

/** What is there, counted one by one. */
async function counted({ person }: ApiClient): Promise<Counts> {
  const [row] = await system.database.sql<{ documents: string; bytes: string; sources: string }>(
    `SELECT (SELECT count(*) FROM documents WHERE org_id = $1 AND deleted_at IS NULL) AS documents, (SELECT coalesce(sum(size_bytes), 0) FROM documents WHERE org_id = $1 AND deleted_at IS NULL) AS bytes,
      (SELECT count(*) FROM sources WHERE org_id = $1 AND removed_at IS NULL) AS sources`,
    [person.org],
  );
  return { documents: Number(row?.documents), bytes: Number(row?.bytes), sources: Number(row?.sources) };
}

const countOf = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;

describe('quotas', () => {
  it('G17: of 200 documents sent at once with room for one, exactly one is taken, and the others are told which quota', async () => {
    const client = system.client();
    const [one, other] = [await makeCollection(client), await makeCollection(client)];
    await post(client, one, 'the first', 'the second');
    await put(client, { documents: 3 });
    const replies = await Promise.all(Array.from({ length: 200 }, (_, at) => post(client, at % 2 === 0 ? one : other, `text ${at}`)));
    const statuses = replies.map(({ status }) => status);
    expect([countOf(statuses, 202), countOf(statuses, 413)]).toEqual([1, 199]);
    const refused = replies.find(({ status }) => status === 413);
    expect(refused?.body).toMatchObject({ code: 'quota_exceeded', current: { quota: 'documents', of: 'organisation', limit: 3, used: 3 } });
    expect(refused?.body.detail).toContain('quota documents of the organisation');
    expect(await used(client)).toMatchObject(await counted(client));
    expect((await counted(client)).documents).toBe(3);
  });

  it('G17: of 200 requests at once with one operation left in the hour, exactly one begins, and the others are told when to come back', async () => {
    const client = system.client();
    const collection = await makeCollection(client);
    await put(client, { operations_per_hour: (await used(client)).operations_per_hour + 1 });
    const replies = await Promise.all(Array.from({ length: 200 }, (_, at) => post(client, collection, `text ${at}`)));
    const statuses = replies.map(({ status }) => status);
    expect([countOf(statuses, 202), countOf(statuses, 429)]).toEqual([1, 199]);
    const refused = replies.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'rate_limited', current: { quota: 'operations_per_hour' } });
    const wait = Number(refused?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(3_600);
  });

  it('K15: bytes are counted, also of what replaces something, and a smaller one makes room', async () => {
    const client = system.client();
    const collection = await makeCollection(client);
    const { body } = await post(client, collection, 'x'.repeat(80));
    const id = body.documents[0]?.id as string;
    await put(client, { bytes: 100 });
    const replace = async (bytes: number) => (await client.call('PUT', `/api/v2/documents/${id}`, { text: 'y'.repeat(bytes) })).status;
    expect((await post(client, collection, 'z'.repeat(21))).body).toMatchObject({ code: 'quota_exceeded', current: { quota: 'bytes', limit: 100, used: 80 } });
    expect([await replace(101), await replace(100), await replace(10)]).toEqual([413, 202, 202]);
    expect((await post(client, collection, 'z'.repeat(90))).status).toBe(202);
    expect((await used(client)).bytes).toBe(100);
    expect(await used(client)).toMatchObject(await counted(client));
  });

  it('K15: deleting frees at once, and who is over a quota that was lowered can delete', async () => {
    const client = system.client();
    const collection = await makeCollection(client);
    const { body } = await post(client, collection, 'one', 'two', 'three');
    await put(client, { documents: 1 });
    for (const { id } of body.documents.slice(0, 2)) expect((await client.call('DELETE', `/api/v2/documents/${id}`)).status).toBe(204);
    expect((await post(client, collection, 'four')).status).toBe(413);
    expect((await client.call('DELETE', `/api/v2/documents/${body.documents[2]?.id}`)).status).toBe(204);
    expect((await post(client, collection, 'four')).status).toBe(202);
    expect((await used(client)).documents).toBe(1);
  });

  it('K15: a collection has quotas of its own, and what was sent already is not counted twice', async () => {
    const client = system.client();
    const [tight, other] = [await makeCollection(client), await makeCollection(client)];
    await put(client, { collection_id: tight, documents: 1 });
    expect((await post(client, tight, 'one')).status).toBe(202);
    expect((await post(client, tight, 'one')).status).toBe(202);
    expect((await post(client, tight, 'two')).body).toMatchObject({ code: 'quota_exceeded', current: { quota: 'documents', of: 'collection', limit: 1 } });
    expect((await post(client, other, 'two')).status).toBe(202);
    await put(client, { collection_id: tight });
    expect((await post(client, tight, 'two')).status).toBe(202);
    expect([(await used(client, tight)).documents, (await used(client, other)).documents, (await used(client)).documents]).toEqual([2, 1, 3]);
  });

  it('K15: sources are counted, and their files are: a scan that finds too much fails and says which quota', async () => {
    const client = system.client();
    const collection = await makeCollection(client);
    const folder = join(system.sources, randomUUID());
    mkdirSync(folder);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.txt`), `The text of ${name}.`);
    const add = () => client.call<{ id: string }>('POST', `/api/v2/collections/${collection}/sources`, { source_type: 'directory', source_path: folder });
    await put(client, { sources: 0 });
    expect(await add()).toMatchObject({ status: 413, body: { current: { quota: 'sources', limit: 0 } } });
    await put(client, { sources: 1, documents: 2 });
    const { body, status } = await add();
    expect(status).toBe(202);
    const ended = await endOf(client, body.id);
    expect(ended).toMatchObject({ status: 'failed', error_message: expect.stringContaining('quota documents') });
    await put(client, { sources: 1 });
    expect(await endOf(client, (await add()).body.id)).toMatchObject({ status: 'completed' });
    expect(await used(client)).toMatchObject({ documents: 3, sources: 1 });
    const removed = await client.ok<{ id: string }>('DELETE', `/api/v2/collections/${collection}/sources?source_path=${encodeURIComponent(folder)}`);
    expect(await endOf(client, removed.id)).toMatchObject({ status: 'completed' });
    expect(await used(client)).toMatchObject({ documents: 0, bytes: 0, sources: 0 });
  });

  it('K15: a deleted collection frees all that it held', async () => {
    const client = system.client();
    const collection = await makeCollection(client);
    await post(client, collection, 'one', 'two');
    expect((await client.call('DELETE', `/api/v2/collections/${collection}`)).status).toBe(204);
    await until('its documents to be freed', async () => (await used(client)).documents === 0);
    expect(await used(client)).toMatchObject({ documents: 0, bytes: 0, sources: 0 });
  });

  it('K15: an admin sets no more than the operator allows, and nothing for others', async () => {
    const [client, stranger] = [system.client(), system.client()];
    expect((await client.call('PUT', '/api/v2/quotas', { documents: 5_001 })).status).toBe(422);
    expect((await client.call('PUT', '/api/v2/quotas', { documents: -1 })).status).toBe(422);
    const collection = await makeCollection(client);
    expect((await stranger.call('PUT', '/api/v2/quotas', { collection_id: collection, documents: 0 })).status).toBe(404);
    expect((await stranger.call('GET', `/api/v2/quotas?collection_id=${collection}`)).status).toBe(404);
    await put(stranger, { documents: 0 });
    expect((await post(client, collection, 'one')).status).toBe(202);
  });
});

function endOf(client: ApiClient, id: string): Promise<{ status: string; error_message?: string }> {
  return until(`the operation ${id} to end`, async () => {
    const operation = await client.ok<{ status: string; error_message?: string }>('GET', `/api/v2/operations/${id}`);
    return ['completed', 'failed', 'cancelled'].includes(operation.status) ? operation : undefined;
  });
}

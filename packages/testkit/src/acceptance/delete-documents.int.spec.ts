import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

interface Operation {
  id: string;
  type: string;
  status: string;
  config: Record<string, unknown>;
  result: { matched: number; deleted: number };
}

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

/** Documents `doc-000` and so on, of which each has its number and whether that is even; two have a title. */
async function makeCollection(documents = 6): Promise<string> {
  const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
  await send(
    id,
    Array.from({ length: documents }, (_, at) => at),
  );
  return id;
}

const nameOf = (at: number) => `doc-${String(at).padStart(3, '0')}`;

async function send(collection: string, numbers: number[], text = 'A text.'): Promise<void> {
  const documents = numbers.map((at) => ({
    external_id: nameOf(at),
    text: `${text} Number ${at}.`,
    metadata: { number: at, parity: at % 2 === 0 ? 'even' : 'odd', tags: [`t${at}`] },
    ...(at < 2 ? { title: at === 0 ? 'Zebra' : 'apple' } : {}),
  }));
  await client.ok('POST', `/api/v2/collections/${collection}/documents`, { documents });
}

interface Listed {
  documents: { id: string; external_id: string }[];
  total: number;
}

const list = (collection: string, query = '') => client.ok<Listed>('GET', `/api/v2/collections/${collection}/documents?${query}`);
const names = async (collection: string, query = '') => (await list(collection, query)).documents.map((one) => one.external_id);
const by = (filter: object) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;
const remove = (collection: string, body: object) => client.ok<Operation>('POST', `/api/v2/collections/${collection}/documents/delete`, body);
const ended = (operation: Operation) =>
  until('the deletion to end', async () => {
    const now = await client.ok<Operation>('GET', `/api/v2/operations/${operation.id}`);
    return ['completed', 'failed'].includes(now.status) && now;
  });

describe('the list of documents', () => {
  it('Q7: is narrowed by a filter, and counts what it takes', async () => {
    const id = await makeCollection();
    expect(await names(id, by({ parity: 'even' }))).toEqual(['doc-000', 'doc-002', 'doc-004']);
    expect(await list(id, `${by({ number: { $gte: 2 } })}&per_page=2&page=2`)).toMatchObject({
      total: 4,
      documents: [{ external_id: 'doc-004' }, { external_id: 'doc-005' }],
    });
    expect(await names(id, by({ $or: [{ tags: 't1' }, { external_id: 'doc-003' }] }))).toEqual(['doc-001', 'doc-003']);
    expect(await list(id, by({ parity: 'neither' }))).toMatchObject({ total: 0, documents: [] });
    expect((await list(id, by({}))).total).toBe(6);
  });

  it('Q7: a filter of somebody else finds nothing, and one that is none is refused by its place', async () => {
    const id = await makeCollection();
    expect((await system.client().call('GET', `/api/v2/collections/${id}/documents?${by({ parity: 'even' })}`)).status).toBe(404);
    expect(await names(id, by({ collection_id: randomUUID() }))).toEqual([]);
    const refused = async (query: string) => {
      const { status, body } = await client.call('GET', `/api/v2/collections/${id}/documents?${query}`);
      return [status, JSON.stringify(body)] as const;
    };
    expect(await refused('filter=%7Bnope')).toEqual([422, expect.stringContaining('filter must be JSON')]);
    const [status, body] = await refused(by({ number: { $near: 1 } }));
    expect([status >= 400 && status < 500, body]).toEqual([true, expect.stringContaining('$near')]);
    expect((await refused('sort=size'))[0]).toBe(422);
  });

  it('Q7: is searched by title, external id and file name, and sorted either way', async () => {
    const id = await makeCollection();
    expect(await names(id, 'search=ZEBR')).toEqual(['doc-000']);
    expect(await names(id, 'search=c-00')).toHaveLength(6);
    expect(await names(id, `search=doc&${by({ number: { $lt: 2 } })}&sort=title`)).toEqual(['doc-001', 'doc-000']);
    expect(await names(id, 'sort=-external_id&per_page=2')).toEqual(['doc-005', 'doc-004']);
    expect(await names(id, `search=${encodeURIComponent('%')}`)).toEqual([]);
  });
});

describe('deleting many documents', () => {
  it('V6: those that a filter takes are gone, the others stay, and the operation counts them', async () => {
    const id = await makeCollection(250);
    expect(await client.call('POST', `/api/v2/collections/${id}/documents/delete`, { filter: { parity: 'even' }, dry_run: true })).toMatchObject({
      status: 200,
      body: { dry_run: true, matched: 125 },
    });
    expect((await list(id)).total).toBe(250);
    const asked = await remove(id, { filter: { parity: 'even' } });
    expect(asked).toMatchObject({ type: 'delete_documents', config: { filter: { parity: 'even' } }, result: { matched: 125 } });
    expect(await ended(asked)).toMatchObject({ status: 'completed', result: { matched: 125, deleted: 125 } });
    expect(await list(id, by({ parity: 'even' }))).toMatchObject({ total: 0 });
    expect((await list(id)).total).toBe(125);
    expect((await ended(await remove(id, { filter: { parity: 'even' } }))).result).toEqual({ matched: 0, deleted: 0 });
  });

  it('V6: by ids and external ids only those of the collection are deleted', async () => {
    const [id, other] = [await makeCollection(), await makeCollection()];
    const [mine, theirs] = [(await list(id)).documents, (await list(other)).documents];
    const byIds = await remove(id, { ids: [mine[0]?.id, theirs[1]?.id, randomUUID()] });
    expect((await ended(byIds)).result).toEqual({ matched: 1, deleted: 1 });
    const byNames = await remove(id, { external_ids: ['doc-003', 'nobody'] });
    expect((await ended(byNames)).result).toEqual({ matched: 1, deleted: 1 });
    expect(JSON.stringify(await ended(byNames))).not.toContain('doc-003');
    expect(await names(id)).toEqual(['doc-001', 'doc-002', 'doc-004', 'doc-005']);
    expect((await list(other)).total).toBe(6);
  });

  it('V6: everything goes by that word only', async () => {
    const id = await makeCollection();
    const path = `/api/v2/collections/${id}/documents/delete`;
    for (const body of [{}, { filter: {} }, { filter: { $and: [] } }, { filter: { $not: { $or: [] } } }, { all: false }, { all: true, ids: [randomUUID()] }]) {
      expect([body, (await client.call('POST', path, body)).status]).toEqual([body, 422]);
    }
    expect((await list(id)).total).toBe(6);
    expect((await ended(await remove(id, { filter: {}, all: true }))).result).toEqual({ matched: 6, deleted: 6 });
    expect((await list(id)).total).toBe(0);
  });

  it('V6: a worker that is killed in between leaves nothing undone and counts nothing twice', async () => {
    const id = await makeCollection(600);
    const asked = await remove(id, { all: true });
    await until('a slice to be gone', async () => (await list(id, 'per_page=1')).total < 600);
    await system.restart('worker');
    expect(await ended(asked)).toMatchObject({ status: 'completed', result: { matched: 600, deleted: 600 } });
    expect((await list(id)).total).toBe(0);
  });

  it('V6: what is sent after it stays, also where nothing of it changed', async () => {
    const id = await makeCollection();
    await system.service('worker').kill();
    const asked = await remove(id, { all: true });
    await send(id, [1]);
    await send(id, [2], 'Another text.');
    system.service('worker').start();
    await system.service('worker').ready();
    expect((await ended(asked)).result).toEqual({ matched: 6, deleted: 4 });
    expect(await names(id, 'sort=external_id')).toEqual(['doc-001', 'doc-002']);
  });

  it('V6: a deletion that was cancelled is not retried but asked for again', async () => {
    const id = await makeCollection();
    await system.service('worker').kill();
    const asked = await remove(id, { all: true });
    const { jobs } = await client.ok<{ jobs: { id: string; operation_id: string }[] }>('GET', '/jobs?type=delete_documents');
    const job = jobs.find((one) => one.operation_id === asked.id)?.id;
    await client.ok('DELETE', `/jobs/${job}`);
    expect(await client.call('POST', `/jobs/${job}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'job_ended', detail: expect.stringContaining('again as a new request') },
    });
    system.service('worker').start();
    await system.service('worker').ready();
    expect((await ended(await remove(id, { all: true }))).result).toEqual({ matched: 6, deleted: 6 });
  });

  it('V6: what is changed after it was asked for stays, whichever way the filter takes it then', async () => {
    const id = await makeCollection();
    await until('the documents to be indexed', async () => (await list(id, 'status=completed')).total === 6);
    const [first, second] = (await list(id, 'sort=external_id')).documents.map((one) => one.id) as [string, string];
    await system.service('worker').kill();
    const asked = await remove(id, { filter: { parity: 'even' } });
    await turn(second, 'even');
    const release = await holdRow(first);
    const leaves = turn(first, 'odd');
    await waitingForLocks(1).finally(() => system.service('worker').start());
    await waitingForLocks(2).finally(release);
    await leaves;
    expect((await ended(asked)).result).toEqual({ matched: 3, deleted: 2 });
    expect(await names(id, 'sort=external_id')).toEqual(['doc-000', 'doc-001', 'doc-003', 'doc-005']);
  });
});

const turn = (document: string, parity: string) => client.ok('PATCH', `/api/v2/documents/${document}`, { metadata: { parity } });

/** Locks the row of the document until it is released. */
async function holdRow(document: string): Promise<() => Promise<void>> {
  const held = new pg.Client({ connectionString: system.database.urls.superUrl });
  await held.connect();
  await held.query('BEGIN');
  await held.query('SELECT 1 FROM documents WHERE id = $1 FOR UPDATE', [document]);
  return () => held.end();
}

const waitingForLocks = (count: number) =>
  until(`${count} to wait for locks`, async () => {
    const waiting = await system.database.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
    return waiting.length >= count;
  });

import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SpaceMaintenance } from '@cairn/retrieval';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

interface Operation {
  id: string;
  status: string;
  error_message: string | null;
  result: Record<string, unknown>;
}

interface Detail {
  indexes: { id: string; number: number; state: string; chunk_size: number; chunk_count: number; retired_at: string | null }[];
}

interface Drift {
  points_expected: number;
  missing: string[];
  orphans: string[];
  in_sync: boolean;
}

interface Receipt {
  deleted_by: string;
  sql: { chunks: number; points: number; blob: string };
  qdrant: { points: number };
  cache: { texts: number };
  complete: boolean;
}

let system: TestSystem;
let client: ApiClient;
let qdrant: SpaceMaintenance;
beforeAll(async () => {
  // Nothing is put right by itself here.
  system = await TestSystem.start({ env: { RECONCILE_FULL_MS: '3600000' } });
  client = system.client();
  const { url, apiKey } = system.stack.qdrant;
  qdrant = new SpaceMaintenance({ url, apiKey, namespace: system.namespace });
  await until('the first document to be indexed', async () => (await add(await make(), [{ external_id: 'a', text: 'a text' }])).length > 0);
}, 120_000);
afterAll(async () => {
  await qdrant?.close();
  await system?.stop();
});

const V2 = '/api/v2';
const WORDS = ['tide', 'granite', 'harvest', 'lantern'];

async function completed({ id }: { id: string }): Promise<Operation> {
  let operation: Operation | undefined;
  await until(`operation ${id} to end`, async () => {
    operation = await client.ok<Operation>('GET', `${V2}/operations/${id}`);
    return ['completed', 'failed'].includes(operation.status);
  });
  const errors = await sql('SELECT error_code, error FROM jobs WHERE operation_id = $1 AND error IS NOT NULL', [id]);
  expect(errors).toEqual([]);
  expect(operation).toMatchObject({ status: 'completed', error_message: null });
  return operation as Operation;
}

const make = async () => (await client.ok<{ id: string }>('POST', `${V2}/collections`, { name: `c ${randomUUID()}` })).id;
const detail = (id: string) => client.ok<Detail>('GET', `${V2}/collections/${id}`);
const drift = (id: string) => client.ok<Drift>('GET', `${V2}/collections/${id}/drift`);

async function add(id: string, documents: { external_id: string; text: string }[]): Promise<string[]> {
  const answer = await client.ok<{ operation_id: string; documents: { id: string }[] }>('POST', `${V2}/collections/${id}/documents`, { documents });
  await completed({ id: answer.operation_id });
  return answer.documents.map((document) => document.id);
}

const some = (suffix = '') => WORDS.map((word) => ({ external_id: word, text: `What is said of the ${word} is this${suffix}.` }));

async function found(id: string, query: string): Promise<string[]> {
  const { results } = await client.ok<{ results: { text: string }[] }>('POST', `${V2}/search`, { collection_uuids: [id], query, k: 20 });
  return results.map(({ text }) => text).sort();
}

const sql = <T>(text: string, values: unknown[]) => system.database.sql<T>(text, values);
const storedOf = (id: string) =>
  sql<{ space: string; id: string }>(
    `SELECT v.space, substring(encode(sha256(convert_to(v.point_id || ':' || v.live_token, 'UTF8')), 'hex') for 32)::uuid AS id
      FROM vectors v JOIN collection_indexes i ON i.id = v.index_id WHERE i.collection_id = $1 AND v.live_token IS NOT NULL ORDER BY 2`,
    [id],
  );

describe('going back to an earlier index', () => {
  it('serves what it served before, with every change since, and forth again', async () => {
    const id = await make();
    const [first, second] = await add(id, some());
    await completed(await client.ok('POST', `${V2}/collections/${id}/reindex`, { chunk_size: 64, chunk_overlap: 0 }));
    await add(id, [
      { external_id: 'tide', text: 'The tide turned.' },
      { external_id: 'new', text: 'A newcomer.' },
    ]);
    expect((await client.call('DELETE', `${V2}/documents/${second}`)).status).toBe(204);
    const before = await found(id, 'tide');
    expect(before).toEqual(expect.arrayContaining([expect.stringContaining('turned'), expect.stringContaining('newcomer')]));

    const operation = await client.ok<Operation>('POST', `${V2}/collections/${id}/rollback`);
    expect(operation).toMatchObject({ type: 'rollback', progress: { total: 2 } });
    await completed(operation);
    expect((await detail(id)).indexes.map(({ number, state }) => [number, state])).toEqual([
      [2, 'retired'],
      [1, 'serving'],
    ]);
    expect(await found(id, 'tide')).toEqual(before);
    expect(await client.ok('GET', `${V2}/documents/${first}`)).toMatchObject({ status: 'completed', chunk_count: 1 });

    await completed(await client.ok('POST', `${V2}/collections/${id}/rollback`));
    expect((await detail(id)).indexes.find(({ state }) => state === 'serving')).toMatchObject({ number: 2, chunk_size: 64 });
    expect(await found(id, 'tide')).toEqual(before);
    expect(await drift(id)).toMatchObject({ in_sync: true });
  });

  it('is refused with a sentence where there is nothing to go back to, also when that was removed after its time', async () => {
    const id = await make();
    await add(id, some());
    expect(await client.call('POST', `${V2}/collections/${id}/rollback`)).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('no earlier index') },
    });
    await completed(await client.ok('POST', `${V2}/collections/${id}/reindex`, { force: true }));
    await sql(`UPDATE collection_indexes SET retired_at = retired_at - interval '25 hours' WHERE collection_id = $1 AND state = 'retired'`, [id]);
    await until('the old index to be removed', async () => (await detail(id)).indexes.length === 1);
    expect((await client.call('POST', `${V2}/collections/${id}/rollback`)).status).toBe(409);
    expect(await drift(id)).toMatchObject({ points_expected: WORDS.length, in_sync: true });
    expect(await found(id, 'tide')).toHaveLength(WORDS.length);
  });
});

describe('what Qdrant has lost, or has too much', () => {
  it('G5: is told by its ids and put right without the model, and a look alone changes nothing', async () => {
    const id = await make();
    await add(id, some());
    expect(await drift(id)).toMatchObject({ points_expected: WORDS.length, points_found: WORDS.length, in_sync: true });
    const stored = await storedOf(id);
    const [lost] = stored as [{ space: string; id: string }];
    await qdrant.deleteByIds(lost.space, [lost.id]);
    await sql('DELETE FROM fresh_points WHERE $1::text IS NOT NULL', [lost.space]); // as if it had been lost long after
    const orphan = await orphanLike(id, lost.space);
    expect(await drift(id)).toMatchObject({ missing: [lost.id], orphans: [orphan], in_sync: false });
    expect(await client.ok('POST', `${V2}/collections/${id}/repair`, {})).toMatchObject({ missing: [lost.id], orphans: [orphan] });
    expect(await client.ok('POST', `${V2}/collections/${id}/repair`, { dry_run: true })).toMatchObject({ in_sync: false });

    const reply = await client.call<Operation>('POST', `${V2}/collections/${id}/repair`, { dry_run: false });
    expect([reply.status, reply.body.status]).toEqual([202, 'pending']);
    expect((await completed(reply.body)).result).toEqual({ restored: 1, deleted: 1 });
    expect(await drift(id)).toMatchObject({ missing: [], orphans: [], in_sync: true });
    await until('the orphan to be gone', async () => (await qdrant.retrieveIds(lost.space, [orphan, lost.id])).size === 1);
    expect(await found(id, 'tide')).toHaveLength(WORDS.length);
  });

  /** A point of the index under a token that is nobody's. */
  async function orphanLike(id: string, space: string): Promise<string> {
    const { indexes } = await detail(id);
    const orphan = randomUUID();
    const collection = (await qdrant.describeSpace(space)).collection;
    const { url, apiKey } = system.stack.qdrant;
    const payload = {
      org_id: client.person.org,
      point_id: randomUUID(),
      asset_id: 'a',
      segment_id: 's',
      model: 'm',
      model_ver: 'v1',
      token: randomUUID(),
      index_id: indexes[0]?.id,
    };
    const { dimension } = await qdrant.describeSpace(space);
    const reply = await fetch(`${url}/collections/${collection}/points?wait=true`, {
      method: 'PUT',
      headers: { 'api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ points: [{ id: orphan, vector: Array.from({ length: dimension }, (_, at) => at + 1), payload }], shard_key: 'main' }),
    });
    expect([reply.status, reply.ok ? '' : await reply.text()]).toEqual([200, '']);
    return orphan;
  }
});

describe('what is left of what was deleted', () => {
  const receipt = (path: string) => client.ok<Receipt>('GET', path);

  it('is read back until nothing is, of a document', async () => {
    const id = await make();
    const text = `A secret that nobody else has: ${randomUUID()}.`;
    const [document, twin] = await add(id, [
      { external_id: 'a', text },
      { external_id: 'b', text },
    ]);
    expect((await client.call('GET', `${V2}/documents/${document}/deletion`)).status).toBe(409);
    const reply = await client.call('DELETE', `${V2}/documents/${document}`);
    const where = reply.headers.get('location') as string;
    expect([reply.status, where]).toEqual([204, `${V2}/documents/${document}/deletion`]);
    const first = await receipt(where);
    expect(first).toMatchObject({
      document_id: document,
      sql: { chunks: 0, points: 0, blob: 'shared' },
      cache: { texts: 0 },
      qdrant: { points: 1 },
      complete: false,
    });
    expect(first.deleted_by).toMatch(/^user:\d+$/);
    await sql(`UPDATE garbage_points SET due_at = now() WHERE org_id = $1`, [client.person.org]);
    await until('its point to be gone', async () => (await receipt(where)).complete);

    await client.call('DELETE', `${V2}/documents/${twin}`);
    const other = `${V2}/documents/${twin}/deletion`;
    expect((await receipt(other)).sql.blob).toBe('pending');
    await until(
      'the content to be noted as unused',
      async () => (await sql('SELECT 1 FROM blobs WHERE org_id = $1 AND unused_since IS NOT NULL', [client.person.org])).length > 0,
    );
    await sql(`UPDATE blobs SET unused_since = unused_since - interval '2 hours' WHERE org_id = $1`, [client.person.org]);
    await sql(`UPDATE garbage_points SET due_at = now() WHERE org_id = $1`, [client.person.org]);
    await until('all of it to be gone', async () => (await receipt(other)).complete);
    expect((await receipt(other)).sql.blob).toBe('gone');
  });

  it('is nothing of a file either', async () => {
    const id = await make();
    const form = new FormData();
    form.append('file', new Blob([`In a file: ${randomUUID()}.`], { type: 'text/plain' }), 'a.txt');
    const files = () => filesUnder(join(system.folder, 'blobs', client.person.org));
    const before = files().length;
    const reply = await fetch(`${system.baseUrl}${V2}/collections/${id}/documents`, { method: 'POST', headers: await authorized(), body: form });
    const { operation_id, documents } = (await reply.json()) as { operation_id: string; documents: { id: string }[] };
    await completed({ id: operation_id });
    expect(files()).toHaveLength(before + 1);
    await client.call('DELETE', `${V2}/documents/${documents[0]?.id}`);
    await until(
      'the content to be noted as unused',
      async () => (await sql('SELECT 1 FROM blobs WHERE org_id = $1 AND unused_since IS NOT NULL AND bytes IS NULL', [client.person.org])).length > 0,
    );
    await sql(`UPDATE blobs SET unused_since = unused_since - interval '2 hours' WHERE org_id = $1`, [client.person.org]);
    await until('its file to be gone', async () => files().length === before);
  });

  it('is read back of a collection, and foreign ones are answered as absent ones', async () => {
    const id = await make();
    const [document] = await add(id, some());
    const where = `${V2}/collections/${id}/deletion`;
    expect((await client.call('DELETE', `${V2}/collections/${id}`)).headers.get('location')).toBe(where);
    await until('its rows to be gone', async () => (await receipt(where)).sql.points === 0);
    await sql(`UPDATE garbage_points SET due_at = now() WHERE org_id = $1`, [client.person.org]);
    await until('its points to be gone', async () => (await receipt(where)).qdrant.points === 0);
    expect(await receipt(`${V2}/documents/${document}/deletion`)).toMatchObject({ deleted_by: expect.stringMatching(/^user:/), sql: { chunks: 0 } });
    const stranger = system.client();
    for (const path of [where, `${V2}/documents/${document}/deletion`, `${V2}/collections/${id}/drift`]) {
      const absent = path.replace(/[0-9a-f-]{36}/, randomUUID());
      const [theirs, nobodys] = await Promise.all([path, absent].map((one) => stranger.call('GET', one)));
      expect([theirs?.status, theirs?.body.detail]).toEqual([404, nobodys?.body.detail]);
    }
  });

  const authorized = async () => ({ authorization: `Bearer ${(client as unknown as { token: string }).token}` });
});

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
}

describe('the ledger of a document', () => {
  interface Ledger {
    index_id: string;
    generation: number;
    total: number;
    points: {
      chunk_id: string;
      point_id: string;
      stored_id: string;
      model: string;
      job_id: string | null;
      attempt: number | null;
      started_at: string | null;
    }[];
  }
  const ledger = (id: string) => client.ok<Ledger>('GET', `${V2}/documents/${id}/ledger`);

  it('tells which attempt made each live point, after it was sent again and after a reindex', async () => {
    const id = await make();
    const [document] = (await add(id, [{ external_id: 'a', text: 'One text about tides.' }])) as [string];
    const first = await ledger(document);
    expect(first).toMatchObject({ generation: 1, total: 1, points: [{ attempt: 1, job_id: expect.any(String), started_at: expect.any(String) }] });
    await add(id, [{ external_id: 'a', text: 'Another text about granite.' }]);
    const second = await ledger(document);
    expect(second).toMatchObject({ generation: 2, total: 1 });
    expect(second.points[0]?.job_id).not.toBe(first.points[0]?.job_id);
    await completed(await client.ok('POST', `${V2}/collections/${id}/reindex`, { force: true }));
    const third = await ledger(document);
    expect(third.index_id).not.toBe(second.index_id);
    expect(third.points[0]?.point_id).not.toBe(second.points[0]?.point_id);
    const { chunks } = await client.ok<{ chunks: { id: string }[] }>('GET', `${V2}/documents/${document}/chunks`);
    expect(third.points.map((point) => point.chunk_id)).toEqual(chunks.map((chunk) => chunk.id));
    expect((await storedOf(id)).map((point) => point.id)).toContain(third.points[0]?.stored_id);
    await sql('DELETE FROM job_attempts WHERE org_id = $1', [client.person.org]);
    const [point] = third.points;
    const kept = { stored_id: point?.stored_id, model: point?.model, job_id: null, attempt: null };
    expect(await ledger(document)).toMatchObject({ job_id: point?.job_id, points: [kept] });
  });
});

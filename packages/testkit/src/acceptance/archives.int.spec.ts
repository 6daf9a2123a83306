import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type CollectionReply, type DocumentReply } from './collection-client.js';

jest.setTimeout(120_000);

type Imported = CollectionReply & { operation_id: string; document_ids_kept: number };

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

const headersOf = (client: ApiClient) => ({ authorization: `Bearer ${devToken(client.person)}` });

async function exported(collection: CollectionClient): Promise<string> {
  const reply = await fetch(system.baseUrl + collection.path('/export'), { headers: headersOf(collection.client) });
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  return reply.text();
}

function formOf(archive: string | Uint8Array<ArrayBuffer>, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  form.append('file', new Blob([archive]), 'archive.ndjson');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

async function imported(client: ApiClient, archive: string, name = randomUUID()): Promise<{ collection: CollectionClient; reply: Imported }> {
  const reply = await client.ok<Imported>('POST', '/api/v2/collections/import', formOf(archive, { name }));
  const collection = new CollectionClient(client, reply.id);
  await collection.completed(reply.operation_id);
  return { collection, reply };
}

async function filled(client: ApiClient): Promise<CollectionClient> {
  const settings = { chunk_size: 50, chunk_overlap: 5, quantization: 'float32', metadata: { team: 'law', 'a\u2028b': 1 }, description: 'Größe 😀' };
  const collection = await CollectionClient.make(client, settings);
  await collection.add([
    { external_id: 'story', title: 'Halls', text: 'The lantern hangs in the hall. '.repeat(30), metadata: { year: 2026 } },
    { external_id: 'twin', text: 'A twin of a text about lanterns.' },
    { external_id: 'other twin', text: 'A twin of a text about lanterns.' },
    { text: '' },
  ]);
  const { body } = await collection.upload([['notes.md', '# Notes\n\nThe lantern was lit.', 'text/markdown']]);
  await collection.completed(body.operation_id);
  return collection;
}

const said = ({ external_id, file_name, title, chunk_count }: DocumentReply) => ({ external_id, file_name, title, chunk_count });
/** Of two documents with one text it is open which comes first. */
async function found(collection: CollectionClient): Promise<unknown> {
  const hits = await collection.hits('lantern in the hall');
  return { texts: hits.map(({ text, score }) => [text, score.toFixed(4)]), externalIds: hits.map(({ external_id }) => external_id).sort() };
}

describe('an export', () => {
  it('C5: is imported in another organisation with the same ids, settings, contents and hits', async () => {
    const original = await filled(system.client());
    const archive = await exported(original);
    const elsewhere = system.client();
    const { collection, reply } = await imported(elsewhere, archive);
    const documents = await original.documents();
    expect(reply).toMatchObject({ document_ids_kept: documents.length, document_count: documents.length, your_role: 'owner' });
    const { description, metadata, chunk_size, quantization, chunking_strategy } = await original.detail();
    expect(await collection.detail()).toMatchObject({ description, metadata, chunk_size, quantization, chunking_strategy });
    const copies = await collection.documents();
    const byId = (list: DocumentReply[]) => new Map(list.map((document) => [document.id, said(document)]));
    expect(byId(copies)).toEqual(byId(documents));
    expect(await found(collection)).toEqual(await found(original));
    for (const { id } of documents) {
      const [one, other] = await Promise.all(
        [original.client, elsewhere].map(async (client) =>
          Buffer.from(await (await fetch(`${system.baseUrl}/api/v2/documents/${id}/content`, { headers: headersOf(client) })).arrayBuffer()),
        ),
      );
      expect(other).toEqual(one);
    }
    const again = await exported(collection);
    const contents = (text: string) => text.split('\n').filter((line) => line.startsWith('{"content"'));
    expect(new Set(contents(again))).toEqual(new Set(contents(archive)));
  });

  it('C5: is imported beside the original with ids of its own, and the original is as it was', async () => {
    const original = await filled(system.client());
    const before = [await original.documents(), await found(original)];
    const { collection, reply } = await imported(original.client, await exported(original));
    expect(reply.document_ids_kept).toBe(0);
    expect((await collection.documents()).map(({ external_id }) => external_id).sort()).toEqual(
      (await original.documents()).map(({ external_id }) => external_id).sort(),
    );
    expect(await found(collection)).toEqual(before[1]);
    expect([await original.documents(), await found(original)]).toEqual(before);
  });

  it('C5: needs a name that is free; the same request twice makes one collection', async () => {
    const client = system.client();
    const original = await CollectionClient.make(client, { name: 'taken' });
    const archive = await exported(original);
    expect((await client.call('POST', '/api/v2/collections/import', formOf(archive))).status).toBe(409);
    const once = async () => client.ok<Imported>('POST', '/api/v2/collections/import', formOf(archive, { name: 'restored' }), { 'idempotency-key': 'restore' });
    expect((await once()).id).toBe((await once()).id);
    expect((await client.ok<{ total: number }>('GET', '/api/v2/collections')).total).toBe(2);
  });

  it('C5: goes on at the pace of whoever reads it, and has large files whole', async () => {
    const client = system.client();
    const collection = await CollectionClient.make(client);
    const files = Array.from(
      { length: 4 },
      (_, i) => [`${i}.txt`, new Uint8Array(Buffer.from(randomBytes(3_000_000).toString('hex')))] as [string, Uint8Array<ArrayBuffer>],
    );
    await collection.upload(files);
    const aborted = new AbortController();
    const half = await fetch(system.baseUrl + collection.path('/export'), { headers: headersOf(client), signal: aborted.signal });
    await half.body?.getReader().read();
    aborted.abort();
    const archive = await exported(collection);
    const lines = archive.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('{"document"'))).toHaveLength(4);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(100_000);
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ end: { documents: 4 } });
  });
});

describe('an archive that is not one of ours', () => {
  it('T11: is refused as a whole, and nothing is made', async () => {
    const client = system.client();
    const archive = await exported(await filled(client));
    const lines = archive.trimEnd().split('\n');
    const wrong: [what: string, body: FormData | object, status: number][] = [
      ['JSON', { name: 'x' }, 422],
      ['no file', new FormData(), 422],
      ['nothing', formOf(''), 422],
      ['noise', formOf(new Uint8Array(randomBytes(10_000))), 422],
      ['a zip', formOf(new Uint8Array([0x50, 0x4b, 3, 4, 0, 0])), 422],
      ['without its end', formOf(lines.slice(0, -1).join('\n')), 422],
      ['cut off', formOf(archive.slice(0, archive.length / 2)), 422],
      ['changed', formOf(archive.replace('"year":2026', '"year":2027')), 422],
      ['a name that is none', formOf(archive, { name: ' ' }), 422],
      ['one long line', formOf('x'.repeat(11_000_000)), 413],
    ];
    for (const [what, body, status] of wrong) expect([what, (await client.call('POST', '/api/v2/collections/import', body)).status]).toEqual([what, status]);
    expect((await client.ok<{ total: number }>('GET', '/api/v2/collections')).total).toBe(1);
    await client.ok('PUT', '/api/v2/quotas', { documents: 7 });
    expect(await client.call('POST', '/api/v2/collections/import', formOf(archive, { name: 'too much' }))).toMatchObject({
      status: 413,
      body: { code: 'quota_exceeded' },
    });
    expect((await client.ok<{ total: number }>('GET', '/api/v2/collections')).total).toBe(1);
  });
});

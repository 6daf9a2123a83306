import { createHash, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { zipBomb } from '../../../ingest/src/fixtures/files/hostile.js';
import { pdfOf } from '../../../ingest/src/fixtures/files/pdf.js';
import { type ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, formOf, type Sent } from './collection-client.js';
import { readSocket } from './read-socket.js';
import { readSse } from './read-sse.js';

jest.setTimeout(90_000);

const MAX_UPLOAD = 1_000_000;

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start({ env: { MAX_UPLOAD_BYTES: String(MAX_UPLOAD) } });
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

const make = (settings: object = {}, as = client) => CollectionClient.make(as, settings);
const parallel = <T>(count: number, work: (i: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, i) => work(i)));
const broken: [string, string, string] = ['broken.pdf', '%PDF-1.7 and then nothing that a PDF has', 'application/pdf'];

async function pointsOf(documentId: string): Promise<{ point_id: string; live_token: string }[]> {
  return system.database.sql('SELECT point_id, live_token FROM vectors WHERE asset_id = $1 AND live_token IS NOT NULL ORDER BY 1', [documentId]);
}

describe('documents', () => {
  it('R8: in Chinese, Japanese and German are found by words and by meaning', async () => {
    const collection = await make();
    const texts = {
      zh: '香草主要产自马达加斯加，采摘后需要发酵数月。',
      ja: '東京の地下鉄は朝の通勤時間帯にとても混雑します。',
      de: 'Die Straßenbahn hält während der Bauarbeiten nicht am Hauptbahnhof.',
      en: 'The lighthouse keeper counts the ships every evening.',
    };
    await collection.add(Object.entries(texts).map(([external_id, text]) => ({ external_id, text })));
    for (const [query, found] of [
      ['香草', 'zh'],
      ['地下鉄', 'ja'],
      ['Strassenbahn Bauarbeiten', 'de'],
      ['Who watches over the vessels at night?', 'en'],
    ])
      expect([query, (await collection.hits(query as string))[0]?.external_id]).toEqual([query, found]);
    for (const hit of await collection.hits('香草 地下鉄 Straßenbahn lighthouse')) expect(hit.text).toBe(texts[hit.external_id as keyof typeof texts]);
  });

  it('I13: of which a request names one twice are that one as it was named last', async () => {
    const collection = await make();
    await collection.add([
      { external_id: 'one', text: 'the first wording about cranes' },
      { external_id: 'two', text: 'another one about cranes' },
      { external_id: 'one', text: 'the last wording about cranes' },
    ]);
    expect((await collection.texts('cranes')).sort()).toEqual(['another one about cranes', 'the last wording about cranes']);
    expect((await collection.detail()).document_count).toBe(2);
  });

  it('J11: a thousand of them are accepted at once, and told of over a WebSocket and as events, from any place, without a gap', async () => {
    const collection = await make();
    const sent = await collection.send(Array.from({ length: 1_000 }, (_, i) => ({ external_id: `n${i}`, text: `note number${i} of a list` })));
    expect(sent.documents).toHaveLength(1_000);
    const path = `/api/v2/operations/${sent.operation_id}`;
    const protocols = [`access_token.${devToken(client.person)}`];
    const { messages } = await readSocket(`${system.baseUrl}${path}/ws`, { protocols, withinMs: 80_000 });
    const [state, ...events] = messages as { id: number; type: string; percentage: number }[];
    expect([state?.type, events.at(-1)?.type, events.at(-1)?.percentage]).toEqual(['current_state', 'operation_completed', 100]);
    const percentages = messages.map(({ percentage }) => percentage as number);
    expect(percentages).toEqual([...percentages].sort((a, b) => a - b));
    const half = events[events.length >> 1] as { id: number };
    const rest = events.filter(({ id }) => id > half.id).map(({ id }) => id);
    const again = await readSocket(`${system.baseUrl}/ws/operations/${sent.operation_id}?since=${half.id}`, { protocols });
    expect(again.messages.slice(1).map(({ id }) => id)).toEqual(rest);
    const { events: lines } = await readSse(`${system.baseUrl}${path}/events`, devToken(client.person), { headers: { 'last-event-id': String(half.id) } });
    expect(lines.slice(1).map(({ id }) => Number(id))).toEqual(rest);
    const rows = await system.database.sql<{ seq: number }>('SELECT seq FROM operation_events WHERE operation_id = $1 ORDER BY seq', [sent.operation_id]);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    expect(await collection.detail()).toMatchObject({ document_count: 1_000, total_chunks: 1_000, status: 'ready' });
    expect((await collection.texts('number617'))[0]).toBe('note number617 of a list');
  });

  it('J11: all operations are told of over one WebSocket: first those under way, then each event of each, also of those that begin later', async () => {
    const as = system.client();
    const [one, other] = [await make({}, as), await make({}, as)];
    const before = await one.send(Array.from({ length: 200 }, (_, i) => ({ text: `note number ${i} of the first` })));
    let [later, atOnce] = ['', ''];
    const ends = (messages: Record<string, unknown>[]) => messages.filter(({ type }) => type === 'operation_completed').map(({ operation_id }) => operation_id);
    const { messages } = await readSocket(`${system.baseUrl}/ws/operations`, {
      protocols: [`access_token.${devToken(as.person)}`],
      withinMs: 60_000,
      onOpen: async () => {
        later = (await other.send([{ text: 'a note of the other' }, { text: 'and another one' }])).operation_id;
        atOnce = (await make({}, as)).id; // its first operation has nothing to do
      },
      stop: (seen) => [before.operation_id, later].every((id) => ends(seen).includes(id)) && seen.some(({ collection_id }) => collection_id === atOnce),
    });
    const [state, ...events] = messages as { id: number; type: string; percentage: number; operation_id: string; data: { operations?: { id: string }[] } }[];
    expect([state?.type, state?.data.operations?.map(({ id }) => id)]).toEqual(['current_state', [before.operation_id]]);
    const of = (id: string) => events.filter(({ operation_id }) => operation_id === id);
    const told = await system.database.sql<{ seq: number; at: Date }>('SELECT seq FROM operation_events WHERE operation_id = $1 ORDER BY seq', [later]);
    expect(of(later).map(({ id }) => id)).toEqual(told.map(({ seq }) => seq));
    const numbers = of(before.operation_id).map(({ id }) => id);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] as number) + at));
    for (const id of [before.operation_id, later]) expect(of(id).at(-1)).toMatchObject({ type: 'operation_completed', percentage: 100 });
    await expect(readSocket(`${system.baseUrl}/ws/operations?since=3`, { protocols: [`access_token.${devToken(as.person)}`] })).rejects.toMatchObject({
      status: 400,
    });
  });

  it('I13: that are sent twenty times at once are one each, and nobody is refused', async () => {
    const collection = await make();
    const twins = (turn: number) => Array.from({ length: 8 }, (_, i) => ({ external_id: `twin-${i}`, text: `twin number${i} in turn${turn}` }));
    const replies = await parallel(20, (i) => client.call<{ operation_id: string }>('POST', collection.path('/documents'), { documents: twins(i % 4) }));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 202));
    for (const { body } of replies) await collection.ended(body.operation_id);
    const { document_count } = await collection.is('ready');
    const hits = await collection.hits('twin', { search_mode: 'sparse', k: 1_000 });
    expect([document_count, hits.length, new Set(hits.map(({ external_id }) => external_id)).size]).toEqual([8, 8, 8]);
    const rows = await system.database.sql<{ external_id: string; hash: string }>(
      'SELECT external_id, content_hash AS hash FROM documents WHERE collection_id = $1',
      [collection.id],
    );
    const hashOf = new Map(rows.map((row) => [row.external_id, row.hash]));
    for (const { external_id, text } of hits) expect([text, hashOf.get(external_id)]).toEqual([text, createHash('sha256').update(text).digest('hex')]);
  });

  it('J9: of which one goes from A to B and back to A end with A, at once and one after the other', async () => {
    const collection = await make();
    const [A, B] = [
      { external_id: 'doc', text: 'version A tells of amber' },
      { external_id: 'doc', text: 'version B tells of basalt' },
    ];
    for (const document of [A, B, A]) await collection.add([document]);
    expect(await collection.texts('version tells')).toEqual([A.text]);
    for (const document of [B, A, B, A]) await collection.send([document]);
    await collection.is('ready');
    expect(await collection.texts('version tells')).toEqual([A.text]);
  });

  it('J9: that are replaced while they are indexed show one whole version at every moment, and the last in the end', async () => {
    const collection = await make({ chunk_size: 20, chunk_overlap: 0 });
    const text = (version: number) => Array.from({ length: 6 }, () => `The herald of version${version} calls out over the market and the square. `).join('');
    const [{ id }] = (await collection.add([{ external_id: 'doc', text: text(0) }])) as [Sent];
    let isOver = false;
    const looking = (async () => {
      const seen: number[] = [];
      while (!isOver) seen.push(new Set((await collection.texts('herald market')).map((chunk) => /version\d/.exec(chunk)?.[0])).size);
      return seen;
    })();
    const operations = [];
    for (let version = 1; version < 8; version++) operations.push((await collection.replace(id, { text: text(version) })).operation_id);
    for (const operation of operations) await collection.completed(operation);
    isOver = true;
    expect(new Set(await looking)).toEqual(new Set([1]));
    expect(new Set((await collection.texts('herald market')).map((chunk) => /version\d/.exec(chunk)?.[0]))).toEqual(new Set(['version7']));
  });

  it('I13: that are deleted while they are indexed never come back, and leave nothing', async () => {
    const collection = await make();
    const { documents } = await collection.send(Array.from({ length: 30 }, (_, i) => ({ external_id: `gone-${i}`, text: `a comet number${i} passes` })));
    await Promise.all(documents.map(({ id }) => collection.delete(id)));
    expect(await collection.texts('comet')).toEqual([]);
    await collection.is('ready');
    expect([await collection.texts('comet'), await collection.documents()]).toEqual([[], []]);
    for (const { id } of documents) expect((await client.call('GET', `/documents/${id}`)).status).toBe(404);
    const ids = documents.map(({ id }) => id);
    for (const [table, column] of [
      ['vectors', 'asset_id'],
      ['chunks', 'document_id::text'],
      ['manifests', 'document_id::text'],
    ])
      expect([table, await system.database.sql(`SELECT 1 FROM ${table} WHERE ${column} = ANY ($1)`, [ids])]).toEqual([table, []]);
    const texts = `SELECT 1 FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id WHERE j.document_id = ANY ($1)`;
    expect(await system.database.sql(texts, [ids])).toEqual([]);
  });

  it('I13: with a new title are found by it and no longer by the old one, and never by both', async () => {
    const collection = await make();
    const [{ id }] = (await collection.add([{ external_id: 'doc', title: 'Zeppelin', text: 'It can be visited on Sundays.' }])) as [Sent];
    expect((await collection.hits('zeppelin', { search_mode: 'sparse' })).map(({ document_id }) => document_id)).toEqual([id]);
    expect((await client.call('PATCH', `/documents/${id}`, { title: 'Submarine' })).status).toBe(200);
    await until('the new title to be found', async () => {
      const hits = await collection.hits('submarine zeppelin visited', { search_mode: 'sparse' });
      expect(hits).toHaveLength(1);
      return (await collection.hits('submarine', { search_mode: 'sparse' })).length === 1;
    });
    expect(await collection.texts('zeppelin')).toEqual([]);
    expect((await collection.hits('visited'))[0]?.title).toBe('Submarine');
  });

  it('I13: whose metadata changes, or whose title is not embedded, keep their vectors', async () => {
    const collection = await make({ embed_context: false });
    const bell = { external_id: 'doc', file_name: 'bell.txt', text: 'A bell rings twice.' };
    const [{ id }] = (await collection.add([{ ...bell, title: 'Old', metadata: { a: 1 } }])) as [Sent];
    const before = await pointsOf(id);
    expect((await client.ok('PATCH', `/documents/${id}`, { title: 'New', metadata: { b: [2] } })) as object).toMatchObject({
      title: 'New',
      status: 'completed',
    });
    expect(await pointsOf(id)).toEqual(before);
    expect((await collection.hits('bell'))[0]).toMatchObject({ title: 'New', metadata: { b: [2] } });
    expect((await collection.add([{ ...bell, title: 'New', metadata: { b: [2] } }]))[0]?.status).toBe('unchanged');
    expect(await pointsOf(id)).toEqual(before);
  });

  it('I10: keep their name when their text is replaced, and their content when only more is said of them', async () => {
    const collection = await CollectionClient.make(client);
    const sent = { external_id: 'saffron', file_name: 'spices.md', mime_type: 'text/markdown', text: '# Saffron', metadata: { shelf: 1 } };
    const [first] = await collection.add([sent]);
    const id = first?.id as string;
    const path = `/documents/${id}`;
    await collection.replace(id, { text: '# Saffron of Kashmir' });
    expect(await client.ok('GET', path)).toMatchObject({ file_name: 'spices.md', mime_type: 'text/markdown', external_id: 'saffron', metadata: { shelf: 1 } });

    const { content_hash } = await client.ok<{ content_hash: string }>('GET', path);
    expect(await client.ok('PUT', path, { metadata: { shelf: 2 } })).toMatchObject({ operation_id: null, metadata: { shelf: 2 }, content_hash });
    const titled = await client.ok<{ operation_id: string }>('PUT', path, formOf([], { title: 'Crocus', metadata: '{"shelf":3}' }));
    await collection.ended(titled.operation_id);
    expect(await client.ok('GET', path)).toMatchObject({ title: 'Crocus', metadata: { shelf: 3 }, content_hash, file_name: 'spices.md', status: 'completed' });
    expect((await client.call('POST', `/collections/${collection.id}/documents`, formOf([], { title: 'no file' }))).status).toBe(422);
  });

  it('I10: are not said to be replaced when no content came that is read', async () => {
    const collection = await CollectionClient.make(client);
    const [first] = await collection.add([{ external_id: 'bell', text: 'The bell rings.' }]);
    const asDocument = new FormData();
    asDocument.append('title', 'New');
    asDocument.append('document', new Blob(['The gong sounds.'], { type: 'text/plain' }), 'new.txt');
    const refused: [sent: object, path: string][] = [
      [{}, 'text'],
      [{ content: 'The gong sounds.' }, 'text'],
      [{ title: null, metadata: null }, 'text'],
      [{ file_name: 'b.txt' }, 'file_name'],
      [{ title: 'New', mime_type: 'text/markdown' }, 'mime_type'],
      [asDocument, 'file'],
      [formOf([]), 'file'],
      [formOf([], { content: 'The gong sounds.' }), 'file'],
      [formOf([], { title: 'New', text: 'The gong sounds.' }), 'text'],
    ];
    for (const [sent, path] of refused) {
      const { status, body } = await client.call<{ errors: { path: string }[] }>('PUT', `/documents/${first?.id}`, sent);
      expect([status, body.errors.map((error) => error.path)]).toEqual([422, [path]]);
    }
    expect(await client.ok('GET', `/documents/${first?.id}`)).toMatchObject({ title: null, external_id: 'bell' });
  });

  it('I10: keep the vectors of what did not change when they are replaced, and lose those of what did', async () => {
    const collection = await make({ chunk_size: 20, chunk_overlap: 0, chunking_strategy: 'markdown', embed_context: false });
    const text = (middle: string) =>
      `# One\n\nThe first part stays as it is for ever and ever.\n\n# Two\n\n${middle}\n\n# Three\n\nThe third part stays as well, come what may.\n`;
    const send = (middle: string) => collection.add([{ external_id: 'doc', text: text(middle), mime_type: 'text/markdown' }]);
    const [{ id }] = (await send('Here it was about walruses.')) as [Sent];
    const before = new Set((await pointsOf(id)).map(({ live_token }) => live_token));
    expect(before.size).toBe(1);
    await send('Now it is about giraffes.');
    const after = (await pointsOf(id)).filter(({ live_token }) => before.has(live_token));
    expect([after.length > 0, after.length < (await pointsOf(id)).length]).toEqual([true, true]);
    expect([await collection.texts('walruses'), (await collection.texts('giraffes')).length]).toEqual([[], 1]);
    const garbage = await system.database.sql('SELECT 1 FROM garbage_points WHERE org_id = $1', [client.person.org]);
    expect(garbage.length).toBeGreaterThan(0);
  });

  it('J5: sent again with the same Idempotency-Key have one answer, as JSON and as a form; others with it are refused', async () => {
    const collection = await make();
    const key = { 'idempotency-key': randomUUID() };
    const first = await collection.send([{ text: 'sent once as text' }], key);
    expect(await collection.send([{ text: 'sent once as text' }], key)).toEqual(first);
    expect(await client.call('POST', collection.path('/documents'), { documents: [{ text: 'another text' }] }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    });
    const formKey = { 'idempotency-key': randomUUID() };
    const form = await collection.upload([['a.txt', 'sent once as a file']], {}, formKey);
    expect((await collection.upload([['a.txt', 'sent once as a file']], {}, formKey)).body).toEqual(form.body);
    expect(await collection.upload([['a.txt', 'another file']], {}, formKey)).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    await collection.is('ready');
    expect((await collection.texts('sent')).sort()).toEqual(['sent once as a file', 'sent once as text']);
  });

  it('J7: whose operation is cancelled while they wait are not indexed later', async () => {
    const collection = await make();
    await collection.is('ready');
    await system.service('dispatcher').freeze();
    const { operation_id } = await collection.send([{ external_id: 'x', text: 'a kite in the wind' }]).finally(() => system.service('dispatcher').thaw());
    expect((await client.ok('DELETE', `/api/v2/operations/${operation_id}`)).status).toBe('cancelled');
    await collection.add([{ external_id: 'y', text: 'a kite on the ground' }]);
    expect(await collection.texts('kite')).toEqual(['a kite on the ground']);
    expect((await collection.documents()).map(({ status }) => status)).toEqual(['failed', 'completed']);
    expect((await collection.operation(operation_id)).status).toBe('cancelled');
  });

  it('K7: that are on their way when their collection is deleted are not told to have been completed', async () => {
    const collection = await CollectionClient.make(client);
    const { operation_id } = await collection.send(Array.from({ length: 300 }, (_, i) => ({ text: `the curlew number${i}` })));
    await client.ok('DELETE', collection.path());
    expect(await collection.ended(operation_id)).toMatchObject({ status: 'cancelled', error_message: null });
  });

  it('I14: whose job was cancelled are indexed when it is retried, and a file that cannot be read fails again at once', async () => {
    const collection = await make();
    await collection.is('ready');
    await system.service('dispatcher').freeze();
    const { documents } = await collection.send([{ external_id: 'x', text: 'a swan on the lake' }]);
    const { job_id } = await collection.document(documents[0]?.id as string);
    await client.ok('DELETE', `/jobs/${job_id}`);
    system.service('dispatcher').thaw();
    expect((await collection.documents()).map(({ status }) => status)).toEqual(['failed']);
    await client.ok('POST', `/jobs/${job_id}/retry`);
    await client.done(job_id);
    expect([await collection.texts('swan'), (await collection.is('ready')).failed_count]).toEqual([['a swan on the lake'], 0]);

    const { body } = await collection.upload([broken]);
    await collection.ended(body.operation_id);
    const failed = await collection.document(body.documents[0]?.id as string);
    await client.ok('POST', `/jobs/${failed.job_id}/retry`);
    const again = await client.ended(failed.job_id);
    expect([again.status, again.attempt, (await collection.document(failed.id)).error_code]).toEqual(['failed', 0, failed.error_code]);
  });

  it('U7: are cut at offsets of their own text, and nothing of it is lost', async () => {
    const collection = await make({ chunk_size: 40, chunk_overlap: 8 });
    const text = 'Größe 😀 and naïve 香草 words. '.repeat(60);
    const [{ id }] = (await collection.add([{ text }])) as [Sent];
    const { chunks, total } = await client.ok<{ chunks: { index: number; start: number; end: number; text: string }[]; total: number }>(
      'GET',
      `/documents/${id}/chunks?per_page=500`,
    );
    expect([chunks.length, chunks.map(({ index }) => index)]).toEqual([total, chunks.map((_, i) => i)]);
    expect(total).toBeGreaterThan(5);
    let end = 0;
    for (const chunk of chunks) {
      expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
      expect(text.slice(end, Math.max(chunk.start, end)).trim()).toBe('');
      end = Math.max(end, chunk.end);
    }
    expect(text.slice(end).trim()).toBe('');
  });

  it('E5: are found by the end of a chunk that is longer than the model reads at once', async () => {
    const collection = await make({ chunk_size: 1_000, chunk_overlap: 100 });
    const bees = 'Bees gather nectar in the meadow and carry it to the hive, where honey ripens in wax cells. ';
    const airship = 'The airship lands at the mast in the evening, and its passengers leave the cabin by a ladder. ';
    const others = ['The tax office closes at noon on Fridays.', 'Violins are tuned before the concert begins.', 'Granite is cut with diamond saws.'];
    const [{ id }] = (await collection.add([{ text: bees.repeat(32) + airship.repeat(10) }, ...others.map((text) => ({ text }))])) as [Sent];
    expect((await collection.document(id)).chunk_count).toBe(1);
    const [first, ...rest] = await collection.hits('when does the airship land and where do its passengers get off', { search_mode: 'dense' });
    expect([first?.document_id, rest.filter(({ document_id }) => document_id === id)]).toEqual([id, []]);
  });
});

/** Asks for a path as it is written: `fetch` would take the dots out of it. */
function rawGet(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(system.baseUrl);
  return new Promise((resolve, reject) => {
    const asked = get({ hostname, port, path, headers: { authorization: `Bearer ${devToken(client.person)}` } }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: await textOf(answer) });
    });
    asked.on('error', reject);
  });
}

describe('files', () => {
  it('I5, I15: are stored, listed, given back byte for byte, and found; a replaced one by its new content only', async () => {
    const collection = await make();
    const bytes = Buffer.from('\ufeffVanilla grows in Madagascar:\r\nna\u00efve  spacing, 香草.\n');
    const up = await collection.upload([['spice, “the best”.txt', bytes]], { metadata: '{"lang":"en"}', title: 'Spices', external_id: 'spice' });
    expect([up.status, up.body.documents[0]?.file_name]).toEqual([202, 'spice, “the best”.txt']);
    await collection.completed(up.body.operation_id);
    const id = up.body.documents[0]?.id as string;
    expect((await collection.hits('vanilla'))[0]).toMatchObject({ document_id: id, external_id: 'spice', title: 'Spices', metadata: { lang: 'en' } });
    const answer = await fetch(`${system.baseUrl}/documents/${id}/content`, { headers: { authorization: `Bearer ${devToken(client.person)}` } });
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''spice/);
    expect(await system.database.sql('SELECT bytes FROM blobs WHERE hash = $1', [createHash('sha256').update(bytes).digest('hex')])).toEqual([{ bytes: null }]);
    const put = await client.call<{ operation_id: string }>('PUT', `/documents/${id}`, formOf([['new.txt', 'Saffron grows in Kashmir.']]));
    expect(put.status).toBe(202);
    await collection.completed(put.body.operation_id);
    expect([await collection.texts('vanilla'), await collection.texts('saffron')]).toEqual([[], ['Saffron grows in Kashmir.']]);
    expect(await collection.document(id)).toMatchObject({ external_id: 'spice', file_name: 'new.txt', title: 'Spices' });
  });

  it('I15: are data whatever they are called, and no path leads from one to anything else', async () => {
    const collection = await make();
    const names = ['../../../escaped-one.txt', '/tmp/escaped-two.txt', '..\\..\\escaped-three.txt', '%2e%2e%2fescaped-four.txt'];
    const up = await collection.upload(names.map((name, at) => [name, `the content of number ${at}`]));
    expect(up.status).toBe(202);
    const ids = up.body.documents.map(({ id }) => id);
    for (const [at, id] of ids.entries()) expect(await rawGet(`/documents/${id}/content`)).toEqual({ status: 200, body: `the content of number ${at}` });
    const written = readdirSync(system.folder, { recursive: true }).map(String);
    expect(written.filter((path) => path.includes('escaped'))).toEqual([]);
    const [id] = ids;
    const out = [
      '/documents/..%2f..%2f..%2f..%2fetc%2fpasswd/content',
      '/api/v2/documents/%2e%2e%2f%2e%2e%2fetc%2fpasswd/content',
      `/documents/${id}%2f..%2f..%2f..%2fetc%2fpasswd/content`,
      `/documents/${id}/content/../../../../../etc/passwd`,
      `/documents/${id}/../${id}/content`,
      `/documents/${id}%00/content`,
      `/documents/${createHash('sha256').update('the content of number 0').digest('hex')}/content`,
    ];
    for (const path of out) {
      const { status, body } = await rawGet(path);
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      expect(body).not.toMatch(/root:|the content of/);
    }
    await collection.completed(up.body.operation_id);
  });

  it('I9: that are in two collections are stored once, and the second is told to be a duplicate', async () => {
    const mine = system.client();
    const [one, two] = [await make({}, mine), await make({}, mine)];
    const file: [string, Uint8Array<ArrayBuffer>, string] = [
      'a.pdf',
      new Uint8Array(await pdfOf([{ lines: ['the same page about otters'] }])),
      'application/pdf',
    ];
    const first = await one.upload([file]);
    const second = await two.upload([file]);
    expect(first.body.documents[0]?.duplicate_of).toBeUndefined();
    expect(second.body.documents[0]?.duplicate_of).toBe(first.body.documents[0]?.id);
    await two.completed(second.body.operation_id);
    await one.completed(first.body.operation_id);
    expect(await system.database.sql('SELECT 1 FROM blobs WHERE org_id = $1', [mine.person.org])).toHaveLength(1);
    const stored = readdirSync(join(system.folder, 'blobs'), { recursive: true, withFileTypes: true });
    expect(stored.filter((entry) => entry.isFile() && entry.parentPath.includes(mine.person.org))).toHaveLength(1);
    await one.delete(first.body.documents[0]?.id as string);
    expect([(await one.texts('otters')).length, (await two.texts('otters')).length]).toEqual([0, 1]);
  });

  it('R2: are cited by the page that the words are on, and found by the title that they say they have', async () => {
    const collection = await make({});
    const birds = ['heron', 'stork', 'otter', 'bittern', 'plover', 'curlew'];
    const about = (bird: string, lines: number) => Array.from({ length: lines }, (_, at) => `The ${bird} of the marsh was seen at post number ${at}.`);
    const file = async (name: string, lines: number, of: string[]) => {
      const pages = of.map((bird, at) => ({ lines: [...about('gull', lines), `The ${bird} lives on sheet ${at + 1}.`] }));
      return [name, new Uint8Array(await pdfOf(pages)), 'application/pdf'] as [string, Uint8Array<ArrayBuffer>, string];
    };
    const { body } = await collection.upload([await file('short.pdf', 0, birds.slice(0, 3)), await file('long.pdf', 40, birds)]);
    await collection.completed(body.operation_id);
    for (const [at, bird] of birds.entries())
      for (const name of at < 3 ? ['short.pdf', 'long.pdf'] : ['long.pdf']) {
        const [hit] = await collection.hits(`Where does the ${bird} live?`, { filters: { file_name: name } });
        expect([bird, name, hit]).toEqual([bird, name, expect.objectContaining({ page: at + 1, page_end: null })]);
      }
    expect((await collection.hits('heron', { filters: { title: 'Pumps & valves', author: { $prefix: 'Ada' } } })).length).toBeGreaterThan(0);
    expect(await collection.hits('heron', { filters: { title: { $exists: false } } })).toEqual([]);
  });

  it('R2: say of a sentence that runs on to the next page where it ends, and cite the page that was asked for', async () => {
    const collection = await make({});
    const pages = [{ lines: ['The heron waits in the'] }, { lines: ['shallow estuary. The otter dives.'] }];
    const { body } = await collection.upload([['runs-on.pdf', new Uint8Array(await pdfOf(pages)), 'application/pdf']]);
    await collection.completed(body.operation_id);
    const [document] = body.documents;
    const { chunks } = await collection.client.ok<{ chunks: object[] }>('GET', `/api/v2/documents/${document?.id}/chunks`);
    expect(chunks).toEqual([expect.objectContaining({ page: 1, page_end: 2 })]);
    const pageOf = async (query: string) => (await collection.hits(query))[0] as unknown as { page: number; page_end: number | null };
    expect(await pageOf('heron')).toMatchObject({ page: 1, page_end: 2 });
    expect(await pageOf('estuary')).toMatchObject({ page: 2, page_end: null });
  });

  it('R7: beyond the limit are refused with 413, and none of their request is kept', async () => {
    const collection = await make();
    const reply = await collection.upload([
      ['small.txt', 'a small one'],
      ['big.txt', 'x'.repeat(MAX_UPLOAD + 1)],
    ]);
    expect([reply.status, (reply.body as unknown as { code: string }).code]).toEqual([413, 'too_large']);
    expect((await collection.detail()).document_count).toBe(0);
    const pid = system.service('worker').pid;
    const bomb = await collection.upload([
      ['before.txt', 'a calm sea'],
      ['bomb.docx', new Uint8Array(zipBomb(200))],
      ['after.txt', 'a calm river'],
    ]);
    expect(bomb.status).toBe(202);
    const operation = await collection.ended(bomb.body.operation_id);
    expect([operation.status, operation.progress]).toEqual(['completed', { percentage: 100, processed: 3, total: 3, failed: 1 }]);
    expect((await collection.texts('calm')).sort()).toEqual(['a calm river', 'a calm sea']);
    expect((await collection.documents('&status=failed')).map(({ file_name }) => file_name)).toEqual(['bomb.docx']);
    expect([system.service('worker').pid, system.service('worker').running]).toEqual([pid, true]);
  });

  it('K3, J16: of which one cannot be read leave the collection degraded, and mending it makes it ready', async () => {
    const collection = await make();
    const { body } = await collection.upload([['one.txt', 'a quiet lagoon'], broken, ['two.txt', 'a loud fall'], ['three.txt', 'a frozen fjord']]);
    await collection.ended(body.operation_id);
    await collection.is('degraded');
    const [failed, ...others] = await collection.documents('&status=failed');
    expect([failed?.file_name, failed?.error_message, others]).toEqual(['broken.pdf', expect.stringMatching(/\w{3}/), []]);
    for (const path of [`/documents/indexing-status?collection_id=${collection.id}`, `/collections/${collection.id}/indexing-status`])
      expect(await client.ok('GET', path)).toEqual({ indexed: 3, unindexed: 1, progress_percent: 75 }); // J16
    const { task_id } = await client.ok<{ task_id: string }>('POST', `/collections/${collection.id}/index`);
    expect(await client.ok('GET', `/indexing/${task_id}`)).toMatchObject({ id: task_id, task_id, collection_id: collection.id });
    await collection.ended(task_id);
    await client.ok('PUT', `/documents/${failed?.id}`, formOf([['mended.txt', 'a mended delta']]));
    expect(await collection.is('ready')).toMatchObject({ failed_count: 0, document_count: 4 });
    expect(await collection.texts('delta')).toEqual(['a mended delta']);
  });
});

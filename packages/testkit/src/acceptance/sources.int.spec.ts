import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type OperationReply } from './collection-client.js';

jest.setTimeout(90_000);

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

let folders = 0;
/** A folder of its own with these files. */
function tree(files: Record<string, string | Uint8Array>): string {
  const root = join(system.sources, `tree-${folders++}`);
  mkdirSync(root);
  write(root, files);
  return root;
}

function write(root: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

const make = () => CollectionClient.make(client);
const directory = (source_path: string, more: object = {}) => ({ source_type: 'directory', source_path, ...more });
const namesOf = async (collection: CollectionClient) => (await collection.documents()).map(({ file_name }) => file_name).sort();
const done = ({ status, error_message, result }: OperationReply) => {
  expect([status, error_message]).toEqual(['completed', null]);
  return result;
};

describe('a source', () => {
  it('I1: that is a folder gives the files that its filters let through, and no link leads out of it', async () => {
    const collection = await make();
    const outside = join(system.folder, 'outside');
    write(outside, { 'secret.txt': 'the xylophone is hidden outside' });
    const root = tree({
      'a.md': '# Alpha\nThe lighthouse keeper counts ships.',
      'b.txt': 'Bees dance to show where flowers are.',
      'sub/deep/c.md': 'Copper melts at 1085 degrees.',
      'node_modules/x.md': 'ignored',
      'lib/node_modules/y.md': 'ignored deeper',
      'd.bin': Uint8Array.of(0, 1, 2, 255),
    });
    symlinkSync(join(outside, 'secret.txt'), join(root, 'link.txt'));
    symlinkSync(outside, join(root, 'linked'));
    const filters = { extensions: ['.md', '.txt'], ignore_patterns: ['**/node_modules/**'] };
    expect(done(await collection.source(directory(root, { filters, config: { follow_symlinks: true } })))).toMatchObject({ changed: 3 });
    expect(await namesOf(collection)).toEqual(['a.md', 'b.txt', 'c.md']);
    expect([(await collection.texts('copper')).length, await collection.texts('xylophone')]).toEqual([1, []]);
    const { sources } = await collection.detail();
    expect(sources).toEqual([expect.objectContaining({ source_path: root, source_type: 'directory', document_count: 3, last_indexed_at: expect.any(String) })]);
    const flat = await make();
    done(await flat.source(directory(root, { filters, config: { recursive: false } })));
    expect(await namesOf(flat)).toEqual(['a.md', 'b.txt']);
  });

  it('I2: that is one file is indexed, and places that nobody allows are refused before anything is kept', async () => {
    const collection = await make();
    const root = tree({ 'one.txt': 'a single heron' });
    done(await collection.source({ source_type: 'file', source_path: join(root, 'one.txt') }));
    expect(await collection.texts('heron')).toEqual(['a single heron']);
    const refused = [
      ['directory', '/etc'],
      ['directory', '/'],
      ['file', '/etc/passwd'],
      ['directory', `${root}/../../..`],
      ['directory', '/proc/self'],
      ['file', system.service('api').options.logFile],
      ['url', 'file:///etc/passwd'],
      ['url', 'http://127.0.0.1:1/'],
      ['url', 'http://[::ffff:127.0.0.1]/'],
      ['url', 'http://169.254.169.254/latest'],
      ['carrier pigeon', root],
    ];
    for (const [source_type, source_path] of refused) {
      const reply = await client.call<{ id?: string; code?: string }>('POST', collection.path('/sources'), { source_type, source_path });
      const status = reply.body.id === undefined || reply.status !== 202 ? reply.status : (await collection.ended(reply.body.id)).status;
      expect([source_path, status]).toEqual([source_path, reply.status === 202 ? 'failed' : expect.any(Number)]);
      if (reply.status !== 202) expect([source_path, reply.status >= 400 && reply.status < 500]).toEqual([source_path, true]);
    }
    expect((await collection.detail()).document_count).toBe(1);
  });

  it('I10, I11: that is gone through again brings what is new, replaces what changed, deletes what is gone, and reads nothing else', async () => {
    const collection = await make();
    const root = tree({ 'x.txt': 'The password rotates every zebra cycle.', 'y.txt': 'Old notice about walruses.', 'z.txt': 'This one never changes.' });
    done(await collection.source(directory(root)));
    const [same] = (await collection.documents()).filter(({ file_name }) => file_name === 'z.txt');
    write(root, { 'x.txt': 'The password rotates every giraffe cycle.', 'new.txt': 'A newcomer about herons.' });
    rmSync(join(root, 'y.txt'));
    expect(done(await collection.source(directory(root)))).toMatchObject({ found: 3, changed: 2, unchanged: 1, removed: 1, unreadable: 0 });
    expect([await collection.texts('zebra walruses'), (await collection.texts('giraffe herons')).length]).toEqual([[], 2]);
    expect((await collection.documents()).find(({ file_name }) => file_name === 'z.txt')).toEqual(same);
    expect((await collection.detail()).sources).toHaveLength(1);
    expect(done(await collection.source(directory(root)))).toMatchObject({ found: 3, changed: 0, unchanged: 3, removed: 0 });
    const gone = await system.database.sql(`SELECT 1 FROM chunks WHERE org_id = $1 AND text LIKE '%zebra%'`, [client.person.org]);
    expect(gone).toEqual([]);
  });

  it('I12: that is removed takes its documents with it and no others, by path and by id', async () => {
    const collection = await make();
    const [a, b] = [tree({ 'a.txt': 'amber resin' }), tree({ 'b.txt': 'basalt column' })];
    for (const root of [a, b]) done(await collection.source(directory(root)));
    await collection.add([{ external_id: 'own', text: 'chalk cliff' }]);
    const remove = async (rest: string) => collection.completed((await client.ok<{ id: string }>('DELETE', collection.path(`/sources${rest}`))).id);
    expect((await remove(`?source_path=${encodeURIComponent(a)}`)).type).toBe('remove_source');
    expect((await collection.texts('amber basalt chalk')).sort()).toEqual(['basalt column', 'chalk cliff']);
    const { sources } = await collection.detail();
    expect(sources.map(({ source_path }) => source_path)).toEqual([b]);
    expect((await client.call('DELETE', collection.path(`/sources?source_path=${encodeURIComponent(a)}`))).status).toBe(404);
    await remove(`/${sources[0]?.id}`);
    expect(await collection.texts('amber basalt chalk')).toEqual(['chalk cliff']);
    done(await collection.source(directory(a)));
    expect((await collection.texts('amber basalt chalk')).sort()).toEqual(['amber resin', 'chalk cliff']);
  });

  it('I12: that is removed leaves what another source holds too, until that one is looked through', async () => {
    const collection = await make();
    const root = tree({ 'top.txt': 'agate', 'sub/in.txt': 'beryl', 'sub/raw.log': 'citrine' });
    const remove = async (path: string) =>
      collection.completed((await client.ok<{ id: string }>('DELETE', collection.path(`/sources?source_path=${path}`))).id);
    const whole = directory(root, { filters: { extensions: ['.txt'] } });
    done(await collection.source(whole));
    done(await collection.source(directory(join(root, 'sub'))));
    const [before] = (await collection.documents()).filter(({ file_name }) => file_name === 'in.txt');
    expect((await remove(join(root, 'sub'))).status).toBe('completed');
    await until('the other source to say that it does not hold all of it', async () => ((await namesOf(collection)).length === 2 ? true : undefined));
    const [after] = (await collection.documents()).filter(({ file_name }) => file_name === 'in.txt');
    expect([await namesOf(collection), after?.id]).toEqual([['in.txt', 'top.txt'], before?.id]);
    expect((await collection.texts('agate beryl citrine')).sort()).toEqual(['agate', 'beryl']);

    done(await collection.source({ source_type: 'file', source_path: join(root, 'top.txt') }));
    await remove(root);
    expect(await collection.texts('agate beryl')).toEqual(['agate']);
    await remove(join(root, 'top.txt'));
    expect((await collection.detail()).document_count).toBe(0);
  });

  it('I12: is one, however its path is spelled', async () => {
    const collection = await make();
    const root = tree({ 'a.txt': 'one dolmen' });
    for (const path of [root, `${root}/`, `${root}//`, `${root}/.`]) done(await collection.source(directory(path)));
    expect((await collection.detail()).sources.map(({ source_path }) => source_path)).toEqual([root]);
    expect(await collection.texts('dolmen')).toEqual(['one dolmen']);
    await collection.completed((await client.ok<{ id: string }>('DELETE', collection.path(`/sources?source_path=${root}/`))).id);
    expect((await collection.detail()).document_count).toBe(0);
  });

  it('I12: is removed by the spelling that it was added with, when that was one of its own', async () => {
    const collection = await make();
    const root = tree({ 'a.txt': 'one menhir' });
    done(await collection.source(directory(root)));
    await system.database.sql('UPDATE sources SET source_path = $2 WHERE collection_id = $1', [collection.id, `${root}/`]);
    const removal = await client.ok<{ id: string }>('DELETE', collection.path(`/sources?source_path=${root}/`));
    await collection.completed(removal.id);
    expect(await collection.detail()).toMatchObject({ document_count: 0, sources: [] });
  });

  it('I14: whose file ended its worker tries it again when it is sent again', async () => {
    const collection = await make();
    const root = tree({ 'a.txt': 'one cromlech' });
    done(await collection.source(directory(root)));
    await system.database.sql(`UPDATE documents SET status = 'failed', error_code = 'poison' WHERE collection_id = $1`, [collection.id]);
    expect(done(await collection.source(directory(root)))).toMatchObject({ changed: 1 });
    expect(await collection.texts('cromlech')).toEqual(['one cromlech']);
  });

  it('I14: whose files cannot be read has gone well, says so of each, and does not try them again before they change', async () => {
    const collection = await make();
    const root = tree({ 'broken.pdf': '%PDF-1.7 and then nothing', 'empty.txt': '' });
    const first = await collection.source(directory(root));
    expect([done(first), first.progress]).toEqual([expect.objectContaining({ changed: 2 }), { percentage: 100, processed: 2, total: 2, failed: 2 }]);
    const failed = await collection.documents('&status=failed');
    expect(failed.map(({ error_code }) => error_code)).toEqual([expect.stringMatching(/^file_/), expect.stringMatching(/^file_/)]);
    const again = await collection.source(directory(root));
    expect([done(again), again.progress.total]).toEqual([expect.objectContaining({ changed: 0, unchanged: 2 }), 0]);
    expect((await collection.detail()).failed_count).toBe(2);
    write(root, { 'empty.txt': 'now there is a heron' });
    expect(done(await collection.source(directory(root)))).toMatchObject({ changed: 1, unchanged: 1 });
    expect(await collection.texts('heron')).toEqual(['now there is a heron']);
  });

  it('I9: says how many of its files have a content that was there before', async () => {
    const [collection, other] = [await make(), await make()];
    const root = tree({ 'a.txt': 'the same gneiss', 'b.txt': 'the same gneiss', 'c.txt': 'another schist' });
    expect(done(await collection.source(directory(root)))).toMatchObject({ changed: 3, duplicates: 1 });
    const { operation_id } = await other.send([{ text: 'the same gneiss' }, { text: 'a third slate' }]);
    expect((await other.completed(operation_id)).result).toMatchObject({ unchanged: 0, duplicates: 1 });
  });

  it('I11: that is posted by many at once is one source, whose files are one document each', async () => {
    const collection = await make();
    const root = tree(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}.txt`, `the falcon number${i}`])));
    const replies = await Promise.all(Array.from({ length: 6 }, () => client.call<{ id: string }>('POST', collection.path('/sources'), directory(root))));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 202));
    for (const { body } of replies) done(await collection.ended(body.id));
    const { sources, document_count } = await collection.is('ready');
    expect([sources.length, document_count, (await collection.texts('falcon')).length]).toEqual([1, 20, 20]);
  });

  it('I10: whose file grows while it is read has in the end what the file says', async () => {
    const collection = await make();
    const root = tree({ 'log.txt': 'line 0 of the logbook\n' });
    const operations: string[] = [];
    for (let line = 1; line <= 40; line++) {
      appendFileSync(join(root, 'log.txt'), `line ${line} of the logbook\n`);
      if (line % 10 === 0) operations.push((await client.ok<{ id: string }>('POST', collection.path('/sources'), directory(root))).id);
    }
    for (const id of operations) done(await collection.ended(id));
    await collection.is('ready');
    const text = (await collection.texts('logbook')).join('\n');
    expect([text.includes('line 40 of'), (await collection.detail()).document_count]).toEqual([true, 1]);
  });

  it('I19: of three hundred files is indexed whole, also when its worker dies on the way', async () => {
    const collection = await make();
    const root = tree(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i % 7}/f${i}.txt`, `the petrel number${i}`])));
    const { id } = await client.ok<{ id: string }>('POST', collection.path('/sources'), directory(root));
    await system.restart('worker');
    const operation = await collection.ended(id, 80_000);
    expect(operation).toMatchObject({ status: 'completed', progress: { percentage: 100, failed: 0 } });
    expect(await collection.is('ready')).toMatchObject({ document_count: 300, total_chunks: 300 });
    expect(new Set(await collection.texts('petrel', { k: 1_000 }))).toHaveProperty('size', 300);
  });

  it('I11: that is removed while it is gone through leaves nothing behind', async () => {
    const collection = await make();
    const root = tree(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`f${i}.txt`, `the gannet number${i}`])));
    const { id } = await client.ok<{ id: string }>('POST', collection.path('/sources'), directory(root));
    const removal = await client.ok<{ id: string }>('DELETE', collection.path(`/sources?source_path=${encodeURIComponent(root)}`));
    for (const operation of [id, removal.id]) await collection.ended(operation);
    await collection.is('ready');
    expect([await collection.texts('gannet'), (await collection.detail()).document_count]).toEqual([[], 0]);
  });
});

import { createHash } from 'node:crypto';
import fs, { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import git from 'isomorphic-git';
import { readSource, SOURCE_LIMITS, type SourceItem, type SourceLimits, type SourceNote, type SourceRules, WebClient } from '../../../dist/index.js';
import { listSource } from '../../../dist/sources.js';
import type { TestServer } from '../../fixtures/serve.js';
import { type GitServerOptions, serveGit } from '../../fixtures/serve-git.js';

let home: string;
let gitdir: string;
let rules: SourceRules;
const servers: TestServer[] = [];

const author = { name: 'a', email: 'a@example.com', timestamp: 1_700_000_000, timezoneOffset: 0 };

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'git-')));
  gitdir = join(home, 'root', 'repo.git');
  mkdirSync(gitdir, { recursive: true });
  await git.init({ fs, gitdir, bare: true, defaultBranch: 'main' });
  rules = { roots: [join(home, 'root')], web: new WebClient(), limits: SOURCE_LIMITS, workFolder: join(home, 'work') };
});

afterEach(async () => {
  await rules.web.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(home, { recursive: true, force: true });
});

/** Writes a loose object as it is, also one that git would refuse to write. */
function write(type: string, content: Buffer | string): string {
  const bytes = Buffer.from(content);
  const object = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
  const id = createHash('sha1').update(object).digest('hex');
  mkdirSync(join(gitdir, 'objects', id.slice(0, 2)), { recursive: true });
  writeFileSync(join(gitdir, 'objects', id.slice(0, 2), id.slice(2)), deflateSync(object));
  return id;
}

type Entry = [mode: string, name: string | Buffer, id: string];
const treeOf = (entries: Entry[]): string =>
  write('tree', Buffer.concat(entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(id, 'hex')])));

type Files = { [name: string]: string | Files };

function grow(files: Files): string {
  const entries = Object.entries(files).map(
    ([name, content]): Entry => (typeof content === 'string' ? ['100644', name, write('blob', content)] : ['40000', name, grow(content)]),
  );
  const key = ([mode, name]: Entry) => Buffer.from(mode === '40000' ? `${name}/` : name);
  return treeOf(entries.sort((one, other) => Buffer.compare(key(one), key(other))));
}

async function commit(tree: string, branch = 'main'): Promise<string> {
  const oid = await git.writeCommit({ fs, gitdir, commit: { tree, parent: [], author, committer: author, message: 'x' } });
  await git.writeRef({ fs, gitdir, ref: `refs/heads/${branch}`, value: oid, force: true });
  return oid;
}

async function list(config: object = {}, limits: Partial<SourceLimits> = {}) {
  const items: SourceItem[] = [];
  const notes: SourceNote[] = [];
  const source = readSource({ type: 'git', config: { repository: gitdir, ...config } });
  for await (const item of source.kind.list(source.config, { ...rules, limits: { ...SOURCE_LIMITS, ...limits } }, { note: (note) => notes.push(note) }))
    items.push(item);
  return { items, paths: items.map(({ path }) => path), notes: notes.map(({ path, reason }) => `${path} ${reason}`) };
}

async function read(item: SourceItem, config: object = {}, maxBytes = 1_000): Promise<string> {
  const source = readSource({ type: 'git', config: { repository: gitdir, ...config } });
  return text(await source.kind.open(source.config, rules, item, { maxBytes }));
}

async function check(config: object): Promise<void> {
  const source = readSource({ type: 'git', config: { repository: gitdir, ...config } });
  await source.kind.check(source.config, rules);
}

async function start(options?: GitServerOptions): Promise<string> {
  const server = await serveGit(gitdir, options);
  servers.push(server);
  await rules.web.close();
  rules = { ...rules, web: new WebClient({ allow: [server.host] }) };
  return `${server.url}/repo.git`;
}

const kept = () => readdirSync(join(home, 'work'));

describe('a local repository', () => {
  it('gives the files of a branch, and the same versions for those that a commit did not change', async () => {
    await commit(grow({ 'a.md': 'one', 'b.md': 'two', docs: { deep: { 'c.md': 'three' }, 'x.bin': '' }, 'docs.md': 'four' }));
    await check({});
    const before = await list({ extensions: ['md'] });
    expect(before.paths).toEqual(['a.md', 'b.md', 'docs.md', 'docs/deep/c.md']);
    expect(before.items[0]).toEqual({ path: 'a.md', fileName: 'a.md', size: 3, version: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(await Promise.all(before.items.map((item) => read(item)))).toEqual(['one', 'two', 'four', 'three']);
    await commit(grow({ 'a.md': 'one', 'b.md': 'changed', docs: { deep: { 'c.md': 'three' } } }));
    const after = await list();
    const versions = new Map(before.items.map(({ path, version }) => [path, version]));
    expect(after.items.filter(({ path, version }) => versions.get(path) !== version).map(({ path }) => path)).toEqual(['b.md']);
    // What was listed is what is read, whatever was committed since.
    expect(await read(before.items[1] as SourceItem)).toBe('two');
  });

  it('I18: gives files of chunks as they are, under the names of their folders, and as other files where that is not wanted', async () => {
    await commit(grow({ 'readme.md': 'x', docs: { 'a_chunks.json': '["one"]' } }));
    const found = async (pre_chunked: boolean) => {
      const source = readSource({ type: 'git', config: { repository: gitdir, pre_chunked } });
      const items: SourceItem[] = [];
      for await (const item of listSource(source, rules, {})) items.push(item);
      return items;
    };
    const [given, ...others] = await found(true);
    expect([given?.path, given?.metadata, others]).toEqual(['docs/a_chunks.json', { chunk_folder: 'docs' }, []]);
    expect(await read(given?.listed as SourceItem)).toBe('["one"]');
    expect((await found(false)).map(({ path, mimeType }) => [path, mimeType])).toEqual([
      ['docs/a_chunks.json', 'application/json'],
      ['readme.md', undefined],
    ]);
  });

  it('is read at the branch that is named, also from packed refs and packs', async () => {
    await commit(grow({ 'a.md': 'main' }));
    const id = await commit(
      grow({ 'b.md': 'other', many: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${at}.txt`, `text ${at}`])) }),
      'feature/x',
    );
    expect((await list({ branch: 'feature/x', extensions: ['md'] })).paths).toEqual(['b.md']);
    const loose = readdirSync(join(gitdir, 'objects')).filter((name) => name.length === 2);
    const oids = loose.flatMap((folder) => readdirSync(join(gitdir, 'objects', folder)).map((name) => folder + name));
    const { filename } = await git.packObjects({ fs, gitdir, oids, write: true });
    await git.indexPack({ fs, dir: gitdir, gitdir, filepath: `objects/pack/${filename}` });
    for (const folder of loose) rmSync(join(gitdir, 'objects', folder), { recursive: true });
    rmSync(join(gitdir, 'refs', 'heads', 'feature'), { recursive: true });
    writeFileSync(join(gitdir, 'packed-refs'), `# pack-refs with: peeled fully-peeled sorted\n${id} refs/heads/feature/x\n`);
    const { items } = await list({ branch: 'feature/x' });
    expect(items).toHaveLength(301);
    expect(await Promise.all(items.slice(0, 3).map((item) => read(item)))).toEqual(['other', 'text 0', 'text 1']);
    await expect(list({ branch: 'nothing' })).rejects.toMatchObject({ code: 'invalid_input', message: '"nothing" is not a branch of this repository.' });
  });

  it('may have a working tree', async () => {
    await commit(grow({ 'a.md': 'one' }));
    fs.renameSync(gitdir, join(home, 'root', '.git'));
    expect((await list({ repository: join(home, 'root') })).paths).toEqual(['a.md']);
  });

  it('is refused at once when it is none, is elsewhere, or has no such branch', async () => {
    await expect(check({})).rejects.toMatchObject({ code: 'invalid_input' });
    await commit(grow({ 'a.md': 'one' }));
    await check({});
    for (const repository of ['/etc', `${gitdir}/../../..`, home, 'repo.git', '../x'])
      await expect(check({ repository })).rejects.toMatchObject({ name: 'CairnError' });
    await expect(check({ repository: join(home, 'root') })).rejects.toMatchObject({ message: expect.stringContaining('is not a git repository') });
    for (const branch of ['x', '', '../../HEAD', '-x', 'a..b', 'a b', 'refs/../x', '.x', 'x.lock', 'x/', 'a\nb']) {
      await expect(check({ branch })).rejects.toMatchObject({ code: 'invalid_input' });
    }
  });

  it('that is hostile leads nowhere', async () => {
    const blob = write('blob', 'x');
    const inner = treeOf([['100644', 'fine.txt', blob]]);
    await commit(
      treeOf([
        ['100644', '', blob],
        ['100644', '.', blob],
        ['40000', '..', inner],
        ['40000', '.git', inner],
        ['100644', '../../etc/passwd', blob],
        ['100644', '/etc/passwd', blob],
        ['100644', Buffer.from([0x61, 0xff]), blob],
        ['100644', 'a.txt', blob],
        ['100644', 'a.txt', write('blob', 'second of a name')],
        ['120000', 'b-link', write('blob', '/etc/passwd')],
        ['160000', 'c-module', blob],
        ['100644', 'd-missing', '1'.repeat(40)],
        ['40000', 'e-no-tree', blob],
        ['40000', 'f', inner],
        ['100644', 'g'.repeat(2_000), blob],
        ['100644', 'b-unordered', blob],
        ['777', 'h-odd', blob],
      ]),
    );
    const { paths, notes } = await list();
    expect(paths).toEqual(['a.txt', 'f/fine.txt']);
    expect(notes).toEqual(expect.arrayContaining(['.git hidden', 'b-link link', 'c-module submodule', 'd-missing unreadable', 'h-odd not_a_file']));
    expect(notes.filter((note) => note.endsWith('bad_name'))).toHaveLength(9);
    await expect(read({ path: 'x', fileName: 'x', version: '../../HEAD' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(read({ path: 'x', fileName: 'x', version: '1'.repeat(40) })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('with links, pipes or alternates in it reads nothing of them', async () => {
    await commit(grow({ 'a.md': 'one' }));
    writeFileSync(join(home, 'secret'), `${'a'.repeat(40)}\n`);
    rmSync(join(gitdir, 'refs', 'heads', 'main'));
    symlinkSync(join(home, 'secret'), join(gitdir, 'refs', 'heads', 'main'));
    await expect(check({})).rejects.toMatchObject({ code: 'invalid_input' });
    const [moved] = [join(home, 'objects')];
    fs.renameSync(join(gitdir, 'objects'), moved);
    symlinkSync(moved, join(gitdir, 'objects'));
    await expect(check({})).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('is not a git repository') });
  });

  it('spends no memory on what is too large, whatever it says', async () => {
    const bomb = '2'.repeat(40);
    const lying = '3'.repeat(40);
    for (const [id, head] of [
      [bomb, `blob ${2 ** 31}\0`],
      [lying, 'blob 5\0'],
    ] as const) {
      mkdirSync(join(gitdir, 'objects', id.slice(0, 2)), { recursive: true });
      writeFileSync(join(gitdir, 'objects', id.slice(0, 2), id.slice(2)), deflateSync(Buffer.concat([Buffer.from(head), Buffer.alloc(50_000_000)])));
    }
    await commit(
      treeOf([
        ['100644', 'bomb', bomb],
        ['100644', 'lying', lying],
        ['100644', 'middle', write('blob', 'x'.repeat(2_000))],
      ]),
    );
    const { items, notes } = await list({}, { fileBytes: 1_000 });
    expect(items.map(({ path }) => path)).toEqual(['lying']);
    expect(notes).toEqual(['bomb too_large', 'middle too_large']);
    await expect(read(items[0] as SourceItem)).rejects.toMatchObject({ code: 'not_found' });
    await expect(read({ path: 'bomb', fileName: 'bomb', version: bomb })).rejects.toMatchObject({ code: 'too_large' });
  });

  it('whose folders multiply is given up', async () => {
    let tree = grow({ 'a.txt': 'x', 'b.txt': 'x' });
    for (let at = 0; at < 30; at++)
      tree = treeOf([
        ['40000', 'a', tree],
        ['40000', 'b', tree],
      ]);
    await commit(tree);
    await expect(list({}, { files: 1_000 })).rejects.toMatchObject({ code: 'too_large' });
    await expect(list({ extensions: ['md'] }, { entries: 10_000 })).rejects.toMatchObject({ code: 'too_large' });
    expect((await list({}, { depth: 3 })).notes).toHaveLength(16);
  });
});

describe('a remote repository', () => {
  it('is fetched once for each commit, and read from then on', async () => {
    const first = await commit(grow({ 'a.md': 'one', docs: { 'b.md': 'two' } }));
    const repository = await start();
    await check({ repository });
    const before = await list({ repository });
    expect(before.paths).toEqual(['a.md', 'docs/b.md']);
    expect(kept()).toEqual([`${first}.git`]);
    const asked = servers[0]?.requests.length as number;
    expect(await read(before.items[1] as SourceItem, { repository })).toBe('two');
    expect(servers[0]?.requests.length).toBe(asked);
    const second = await commit(grow({ 'a.md': 'one', docs: { 'b.md': 'changed' } }));
    const after = await list({ repository });
    expect(after.items[0]).toEqual(before.items[0]);
    expect(await read(after.items[1] as SourceItem, { repository })).toBe('changed');
    expect(kept().sort()).toEqual([first, second].sort().map((id) => `${id}.git`));
    await list({ repository });
    expect(servers[0]?.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    rmSync(join(home, 'work'), { recursive: true });
    expect(await read(after.items[1] as SourceItem, { repository })).toBe('changed');
  }, 60_000);

  it('takes a token, says when it is needed, and shows it to nobody', async () => {
    await commit(grow({ 'a.md': 'one' }));
    const repository = await start({ credentials: 'x-access-token:secret' });
    expect((await list({ repository, token: 'secret' })).paths).toEqual(['a.md']);
    for (const token of [undefined, 'wrong-token']) {
      const error = await list({ repository, token }).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('needs a token') });
      expect(error.message).not.toContain('wrong-token');
    }
    await expect(list({ repository, token: 'secret', branch: 'nothing' })).rejects.toMatchObject({ message: '"nothing" is not a branch of this repository.' });
  }, 60_000);

  it('that sends what becomes too much costs this process nothing', async () => {
    await commit(grow({ 'a.md': 'one' }));
    const objects = Buffer.alloc(4);
    objects.writeUInt32BE(1);
    // A blob that says it has 3 GB, and has one of zeros.
    const bomb = Buffer.concat([
      Buffer.from('PACK'),
      Buffer.from([0, 0, 0, 2]),
      objects,
      Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x60]),
      deflateSync(Buffer.alloc(1_000_000_000), { level: 1 }),
    ]);
    const repository = await start({ pack: Buffer.concat([bomb, createHash('sha1').update(bomb).digest()]) });
    const before = process.memoryUsage().rss;
    await expect(list({ repository })).rejects.toMatchObject({ name: 'CairnError' });
    expect(process.memoryUsage().rss - before).toBeLessThan(500_000_000);
    expect(kept()).toEqual([]);
  }, 120_000);

  it('must be at an address that is allowed, and encrypted', async () => {
    for (const repository of [
      'http://127.0.0.1/x.git',
      'https://localhost/x.git',
      'ssh://git@example.com/x.git',
      'file:///etc',
      'https://u:p@example.com/x.git',
      'git@example.com:x.git',
      'http://example.com/x.git',
    ]) {
      await expect(check({ repository })).rejects.toMatchObject({ name: 'CairnError' });
    }
    await check({ repository: 'https://example.com/x.git' });
  });
});

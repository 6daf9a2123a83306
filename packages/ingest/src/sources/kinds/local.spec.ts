import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { CairnError } from '@cairn/common/contracts';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebClient } from '../../web/web-client.js';
import { previewSource } from '../preview/preview-source.js';
import { readSource } from '../registry.js';
import type { SourceItem, SourceLimits, SourceNote, SourceRules } from '../source.js';
import { SOURCE_LIMITS } from '../source-limits.js';

let home: string;
let root: string;
let outside: string;
let rules: SourceRules;
const web = new WebClient();

afterAll(() => web.close());

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'sources-')));
  root = join(home, 'root');
  outside = join(home, 'outside');
  for (const folder of [root, outside]) mkdirSync(folder);
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  rules = { roots: [root], web, limits: SOURCE_LIMITS };
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function grow(files: Record<string, string | Buffer>, under = root): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(under, path)), { recursive: true });
    writeFileSync(join(under, path), content);
  }
}

async function list(config: object, limits: Partial<SourceLimits> = {}) {
  const items: SourceItem[] = [];
  const notes: SourceNote[] = [];
  const source = readSource({ type: 'directory', config: { path: root, ...config } });
  const allowed = { ...rules, limits: { ...SOURCE_LIMITS, ...limits } };
  for await (const item of source.kind.list(source.config, allowed, { note: (note) => notes.push(note) })) items.push(item);
  return { items, notes, paths: items.map(({ path }) => path) };
}

async function check(type: string, path: string): Promise<void> {
  const { kind, config } = readSource({ type, config: { path } });
  await kind.check(config, rules);
}

async function read(path: string, config: object = {}, maxBytes = 1_000): Promise<string> {
  const source = readSource({ type: 'directory', config: { path: root, ...config } });
  return text(await source.kind.open(source.config, rules, { path, fileName: path }, { maxBytes }));
}

const refusal = (code: string) => expect.objectContaining({ name: 'CairnError', code });

describe('a directory', () => {
  it('gives what its filters want, ordered by path', async () => {
    grow({ 'a.md': '1', 'B.TXT': '2', 'sub/deep/c.md': '3', 'sub.md': '4', 'node_modules/x.md': '', 'lib/node_modules/y.md': '', 'd.bin': '', md: '' });
    const { paths } = await list({ extensions: ['.md', 'txt'], ignore_patterns: ['**/node_modules/**'] });
    expect(paths).toEqual(['B.TXT', 'a.md', 'sub.md', 'sub/deep/c.md']);
    expect((await list({ recursive: false, extensions: ['md'] })).paths).toEqual(['a.md', 'sub.md']);
    expect((await list({ include_patterns: ['sub/**', '*.bin'] })).paths).toEqual(['d.bin', 'sub/deep/c.md']);
  });

  it('says how large its files are, when they changed, and a version that changes with the content', async () => {
    grow({ 'a.md': 'one', 'old.md': 'same' });
    const settled = async () => {
      for (;;) {
        const { items } = await list({});
        if (items.every(({ version }) => version !== undefined)) return items;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    const [before, old] = await settled();
    expect(before).toEqual({ path: 'a.md', fileName: 'a.md', size: 3, modifiedAt: expect.any(Date), version: expect.any(String) });
    const times = before?.modifiedAt as Date;
    grow({ 'a.md': 'two' });
    // What just changed has no version: it could change again without another time.
    expect((await list({})).items[0]?.version).toBeUndefined();
    utimesSync(join(root, 'a.md'), times, times);
    const [after, oldStill] = await settled();
    expect(after?.version).not.toBe(before?.version);
    expect(oldStill).toEqual(old);
  });

  it('leaves hidden files out and says so; version control always', async () => {
    grow({ '.env': 'x', '.git/config': 'token', 'a/.hidden/b.md': 'x', 'a/b.md': 'x' });
    const { paths, notes } = await list({});
    expect(paths).toEqual(['a/b.md']);
    expect(notes).toEqual(expect.arrayContaining(['.env', '.git', 'a/.hidden'].map((path) => ({ path, reason: 'hidden' }))));
    expect((await list({ include_hidden: true })).paths).toEqual(['.env', 'a/.hidden/b.md', 'a/b.md']);
  });

  it('leaves links out unless they are to be followed, and those that lead out always', async () => {
    grow({ 'in.txt': 'honest', 'real/x.txt': 'x' });
    grow({ 'other/y.txt': 'y' });
    symlinkSync(join(outside, 'secret.txt'), join(root, 'link.txt'));
    symlinkSync(outside, join(root, 'linked'));
    symlinkSync('nowhere', join(root, 'dangling'));
    symlinkSync('in.txt', join(root, 'same.txt'));
    symlinkSync('../other', join(root, 'real', 'over'));
    symlinkSync('..', join(root, 'real', 'up'));
    const closed = await list({});
    expect(closed.paths).toEqual(['in.txt', 'other/y.txt', 'real/x.txt']);
    expect(closed.notes.map(({ reason }) => reason)).toEqual(Array(6).fill('link'));
    const open = await list({ follow_symlinks: true });
    expect(open.paths).toEqual(['in.txt', 'other/y.txt', 'real/over/y.txt', 'real/x.txt', 'same.txt']);
    expect(open.notes.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'dangling leads_out',
      'link.txt leads_out',
      'linked leads_out',
      'real/up cycle',
    ]);
    await expect(read('same.txt')).rejects.toEqual(refusal('not_found'));
    await expect(read('real/over/y.txt')).rejects.toEqual(refusal('not_found'));
    expect(await read('real/over/y.txt', { follow_symlinks: true })).toBe('y');
    for (const path of ['link.txt', 'linked/secret.txt']) {
      await expect(read(path, { follow_symlinks: true })).rejects.toEqual(refusal('not_found'));
      await expect(read(path)).rejects.toEqual(refusal('not_found'));
    }
  });

  it('waits for no pipe and opens no socket', async () => {
    grow({ 'a.txt': 'a' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { paths, notes } = await list({});
    expect(paths).toEqual(['a.txt']);
    expect(notes).toEqual(expect.arrayContaining(['pipe', 'socket'].map((path) => ({ path, reason: 'not_a_file' }))));
    for (const path of ['pipe', 'socket']) {
      await expect(read(path)).rejects.toEqual(refusal('not_found'));
      await expect(check('file', join(root, path))).rejects.toEqual(refusal('invalid_input'));
    }
    server.close();
  });

  it('names files that have no proper name, and what is too deep', async () => {
    grow({ 'a.txt': 'a', 'one/two/three/x.txt': 'x' });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff, 0xfe])]), 'x');
    grow({ [`${'long/'.repeat(210)}x.txt`]: 'x' });
    const { paths, notes } = await list({}, { depth: 2 });
    expect(paths).toEqual(['a.txt']);
    expect(notes.map(({ path, reason }) => `${path} ${reason}`).sort()).toEqual([
      'bad-\ufffd\ufffd bad_name',
      'long/long/long too_deep',
      'one/two/three too_deep',
    ]);
    expect((await list({}, { depth: 1_000 })).notes.map(({ reason }) => reason)).toEqual(['bad_name', 'bad_name']);
  });

  it('refuses more files than are allowed instead of leaving some out', async () => {
    grow(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.txt`, 'x'])));
    await expect(list({}, { files: 19 })).rejects.toEqual(refusal('too_large'));
    await expect(list({ extensions: ['md'] }, { entries: 19 })).rejects.toEqual(refusal('too_large'));
    expect((await list({}, { files: 20, entries: 20 })).paths).toHaveLength(20);
  });

  it('does not follow links that explode', async () => {
    for (let at = 0; at < 40; at++) {
      mkdirSync(join(root, `${at}`));
      for (const way of ['a', 'b']) symlinkSync(`../${at + 1}`, join(root, `${at}`, way));
    }
    await expect(list({ follow_symlinks: true }, { entries: 10_000 })).rejects.toEqual(refusal('too_large'));
  });

  it('gives no more bytes than are allowed', async () => {
    grow({ 'a.txt': '12345' });
    expect(await read('a.txt', {}, 5)).toBe('12345');
    await expect(read('a.txt', {}, 4)).rejects.toEqual(refusal('too_large'));
    await expect(read('/dev/zero', {}, 4)).rejects.toEqual(refusal('not_found'));
  });

  it('stops when it is told to', async () => {
    grow({ 'a.txt': 'a' });
    const source = readSource({ type: 'directory', config: { path: root } });
    const listing = source.kind.list(source.config, rules, { signal: AbortSignal.abort(new Error('stop')) });
    await expect(
      (async () => {
        for await (const _ of listing);
      })(),
    ).rejects.toThrow('stop');
  });
});

describe('a path', () => {
  const FORMS = [
    '..',
    '../outside',
    './../outside',
    'a/../../outside',
    '..//outside',
    '%2e%2e',
    '..\\outside',
    '....//',
    '\0',
    '/../outside',
    'root/../../outside',
  ];

  it('that is not below an allowed folder is refused, whatever is there', async () => {
    const elsewhere = [
      '/etc',
      '/',
      '/proc',
      '/proc/self',
      '/proc/self/root',
      '/dev/zero',
      home,
      outside,
      `${root}2`,
      '/no/such/thing',
      `${root}/../..`,
      '//etc//passwd',
    ];
    for (const path of [...elsewhere, ...FORMS.map((form) => `${root}/${form}`), ...FORMS, 'root', '~', 'file:///etc']) {
      for (const type of ['directory', 'file']) await expect(check(type, path)).rejects.toThrow(CairnError);
    }
    await expect(check('directory', '/etc')).rejects.toEqual(refusal('forbidden'));
    await expect(check('directory', '/no/such/thing')).rejects.toEqual(refusal('forbidden'));
  });

  it('that leads out by a link is refused with the words for what is not there', async () => {
    symlinkSync(outside, join(root, 'linked'));
    const messageOf = (path: string) => check('directory', path).catch((error) => error.message.replaceAll(path, ''));
    expect(await messageOf(join(root, 'linked'))).toBe(await messageOf(join(root, 'missing')));
    expect(await messageOf(join(root, 'linked', 'secret.txt'))).toBe(await messageOf(join(root, 'linked', 'absent')));
    await expect(check('file', join(root, 'linked', 'secret.txt'))).rejects.toEqual(refusal('invalid_input'));
  });

  it('of an allowed folder may have a slash at its end, and be a link itself', async () => {
    symlinkSync(root, join(home, 'other-name'));
    rules = { ...rules, roots: [`${join(home, 'other-name')}/`] };
    grow({ 'sub/a.txt': 'a' });
    for (const path of [root, `${root}/`, join(home, 'other-name', 'sub')]) await check('directory', path);
    expect((await list({})).paths).toEqual(['sub/a.txt']);
  });

  it('of an item that goes up leads nowhere', async () => {
    grow({ 'a.txt': 'a' });
    for (const path of ['../outside/secret.txt', '/etc/passwd', 'a.txt/', './a.txt', 'x/../a.txt', '', '.', 'a\0.txt']) {
      await expect(read(path)).rejects.toEqual(refusal('not_found'));
    }
  });

  it('is allowed nowhere when there are no roots', async () => {
    rules = { ...rules, roots: [] };
    await expect(check('directory', root)).rejects.toEqual(refusal('forbidden'));
  });
});

describe('somebody who swaps folders and files for links', () => {
  it.each([false, true])('never gets at what is outside of the roots (follow_symlinks: %s)', async (follow_symlinks) => {
    grow({ 'folder/secret.txt': 'harmless', 'secret.txt': 'harmless' });
    const swapper = startSwapping(root, outside);
    const seen = new Set<string>();
    let refused = 0;
    let round = 0;
    for (; round < 6_000; round++) {
      try {
        seen.add(await read(round % 2 ? 'folder/secret.txt' : 'secret.txt', { follow_symlinks }));
      } catch (error) {
        expect(error).toBeInstanceOf(CairnError);
        refused++;
      }
    }
    swapper.kill();
    expect([...seen]).toEqual(['harmless']);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(round);
  });
});

/** A process that swaps as fast as it can. */
function startSwapping(inside: string, elsewhere: string) {
  const script = `
    const { renameSync, symlinkSync, mkdirSync, writeFileSync, rmSync } = require('fs');
    const [inside, elsewhere] = process.argv.slice(1);
    const swap = (from, to) => { try { renameSync(from, to); } catch {} };
    symlinkSync(elsewhere, inside + '/.folder-link'); symlinkSync(elsewhere + '/secret.txt', inside + '/.file-link');
    console.log('ready');
    for (;;) {
      swap(inside + '/folder', inside + '/.folder'); swap(inside + '/.folder-link', inside + '/folder');
      swap(inside + '/secret.txt', inside + '/.file'); swap(inside + '/.file-link', inside + '/secret.txt');
      swap(inside + '/folder', inside + '/.folder-link'); swap(inside + '/.folder', inside + '/folder');
      swap(inside + '/secret.txt', inside + '/.file-link'); swap(inside + '/.file', inside + '/secret.txt');
    }`;
  return spawn(process.execPath, ['-e', script, inside, elsewhere], { stdio: 'ignore' });
}

describe('a file', () => {
  it('is a source with one item', async () => {
    grow({ 'sub/report.md': 'hello' });
    const source = readSource({ type: 'file', config: { path: join(root, 'sub/report.md') } });
    const items: SourceItem[] = [];
    for await (const item of source.kind.list(source.config, rules, {})) items.push(item);
    expect(items).toEqual([expect.objectContaining({ path: 'report.md', fileName: 'report.md', size: 5 })]);
    const content = await source.kind.open(source.config, rules, items[0] as SourceItem, { maxBytes: 5 });
    expect((await buffer(content)).toString()).toBe('hello');
    await expect(check('file', join(root, 'sub'))).rejects.toEqual(refusal('invalid_input'));
    unlinkSync(join(root, 'sub/report.md'));
    await expect(source.kind.open(source.config, rules, items[0] as SourceItem, { maxBytes: 5 })).rejects.toThrow(CairnError);
  });
});

describe('a preview', () => {
  it('counts what a listing gives', async () => {
    grow({ 'a.md': '12', 'b.MD': '3', 'c/d.txt': '4567', 'c/noext': '', '.env': 'x' });
    const preview = await previewSource({ type: 'directory', config: { path: root } }, rules, { limit: 2 });
    expect(preview).toEqual({
      valid: true,
      files: 4,
      bytes: 7,
      extensions: [
        { extension: 'md', files: 2, bytes: 3 },
        { extension: '', files: 1, bytes: 0 },
        { extension: 'txt', files: 1, bytes: 4 },
      ],
      items: [expect.objectContaining({ path: 'a.md' }), expect.objectContaining({ path: 'b.MD' })],
      notes: [{ reason: 'hidden', count: 1, paths: ['.env'] }],
    });
  });

  it.each([
    ['carrier pigeon', {}, 'source_type must be one of: directory, file, url, git, s3'],
    ['directory', { path: '/etc' }, '"/etc" is not below a folder that this system may read'],
    ['directory', { path: '/etc', colour: 'red' }, 'colour is no field of this kind of source'],
    ['directory', { path: '/etc', recursive: 'yes' }, 'recursive must be a boolean value'],
    ['directory', { path: '/etc', ignore_patterns: ['['] }, 'ignore_patterns: "[" has a "[" that is not closed'],
    ['directory', { path: '/etc', extensions: ['*.md '] }, 'each of extensions must be one, such as ".md" or "md"'],
    ['directory', 'x', 'source_config must be an object'],
  ])('of a bad source says why: %s %j', async (type, config, reason) => {
    expect(await previewSource({ type, config }, rules, { limit: 1 })).toEqual({ valid: false, reason: expect.stringContaining(reason) });
  });
});

describe('a folder of 100,000 files', () => {
  it('is listed whole, without holding others up', async () => {
    for (let folder = 0; folder < 100; folder++) {
      mkdirSync(join(root, `${folder}`));
      for (let file = 0; file < 1_000; file++) writeFileSync(join(root, `${folder}`, `${file}.md`), '');
    }
    let turns = 0;
    const watch = setInterval(() => turns++, 1);
    const counted = await previewSource({ type: 'directory', config: { path: root, ignore_patterns: ['**/node_modules/**'] } }, rules, { limit: 1 });
    clearInterval(watch);
    expect(counted).toMatchObject({ files: 100_000 });
    // One for each folder at least.
    expect(turns).toBeGreaterThan(100);
  }, 300_000);
});

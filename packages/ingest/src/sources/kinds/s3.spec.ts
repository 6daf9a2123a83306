import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestServer } from '../../fixtures/serve.js';
import { type StoredObject, serveS3 } from '../../fixtures/serve-s3.js';
import { WebClient } from '../../web/web-client.js';
import { previewSource } from '../preview/preview-source.js';
import { readSource } from '../registry.js';
import type { SourceItem, SourceLimits, SourceNote, SourceRules } from '../source.js';
import { SOURCE_LIMITS } from '../source-limits.js';

const KEYS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
let server: TestServer;
let rules: SourceRules;
let objects: StoredObject[] = [];
let answer: string | undefined;

beforeAll(async () => {
  const options = { objects: () => objects, keyId: KEYS.access_key_id, secret: KEYS.secret_access_key, pageSize: 3, list: () => answer };
  server = await serveS3(options);
  rules = { roots: [], web: new WebClient({ allow: [server.host] }), limits: SOURCE_LIMITS };
});

afterEach(() => {
  objects = [];
  answer = undefined;
});

afterAll(async () => {
  await rules.web.close();
  await server.close();
});

const store = (contents: Record<string, string>) => {
  objects = Object.entries(contents).map(([key, content]) => ({ key, content }));
};
const sourceOf = (config: object) => readSource({ type: 's3', config: { bucket: 'things', endpoint: server.url, ...KEYS, ...config } });

async function list(config: object = {}, limits: Partial<SourceLimits> = {}) {
  const items: SourceItem[] = [];
  const notes: SourceNote[] = [];
  const source = sourceOf(config);
  for await (const item of source.kind.list(source.config, { ...rules, limits: { ...SOURCE_LIMITS, ...limits } }, { note: (note) => notes.push(note) }))
    items.push(item);
  return { items, notes, paths: items.map(({ path }) => path) };
}

async function read(path: string, config: object = {}, maxBytes = 1_000): Promise<string> {
  const source = sourceOf(config);
  return text(await source.kind.open(source.config, rules, { path, fileName: path }, { maxBytes }));
}

describe('a bucket', () => {
  it('gives all its objects page by page, under keys of every kind, signed as AWS asks', async () => {
    const odd = ["a+b c/d'(e)!*.md", 'grüße & <x>.md', '100%.md', 'x=1&y=2?.md', 'emoji-😀.md', 'tilde~.md', '#.md', 'q"uote.md'];
    store({ ...Object.fromEntries(odd.map((key, at) => [key, `${at}`])), 'folder/': '', 'a.md': 'a', 'deep/er/b.md': 'b' });
    const { items, paths } = await list();
    const inOrder = [...odd, 'a.md', 'deep/er/b.md'].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    expect(paths).toEqual(inOrder);
    expect(items.find(({ path }) => path === 'deep/er/b.md')).toEqual({
      path: 'deep/er/b.md',
      fileName: 'b.md',
      size: 1,
      modifiedAt: new Date('2026-11-22T10:00:00Z'),
      version: '92eb5ffee6ae2fec3ad71c777531578f',
    });
    expect(await Promise.all(odd.map((key) => read(key)))).toEqual(odd.map((_, at) => `${at}`));
  });

  it('is read below a prefix and by filters', async () => {
    store({ 'docs/a.md': '1', 'docs/sub/b.txt': '2', 'docs-old/c.md': '3', 'docs/.env': '4', 'docs/x/../y.md': '5', 'docs//z.md': '6' });
    const { paths, notes } = await list({ prefix: '/docs' });
    expect(paths).toEqual(['a.md', 'sub/b.txt']);
    expect(notes.map(({ path, reason }) => `${path} ${reason}`)).toEqual(['.env hidden', '/z.md bad_name', 'x/../y.md bad_name']);
    expect((await list({ prefix: 'docs/', ignore_patterns: ['sub'] })).paths).toEqual(['a.md']);
    expect(await read('sub/b.txt', { prefix: 'docs' })).toBe('2');
    for (const path of ['../docs-old/c.md', 'missing', 'x/../y.md', ''])
      await expect(read(path, { prefix: 'docs' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(read('a.md', { prefix: 'docs' }, 0)).rejects.toMatchObject({ code: 'too_large' });
  });

  it('keeps the version of what did not change', async () => {
    store({ 'a.md': 'one', 'b.md': 'two' });
    const before = await list();
    store({ 'a.md': 'one', 'b.md': 'new' });
    const after = await list();
    expect(after.items[0]).toEqual(before.items[0]);
    expect(after.items[1]?.version).not.toBe(before.items[1]?.version);
  });

  it('refuses a wrong key, and says nothing of it', async () => {
    for (const config of [{ secret_access_key: 'wrong-secret' }, { access_key_id: null, secret_access_key: null }]) {
      const error = await list(config).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'invalid_input', message: '"things" needs a key that may read it, or is not there.' });
    }
    await expect(list({ bucket: 'other-things' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses more objects than are allowed', async () => {
    store(Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`${at}.md`, ''])));
    await expect(list({}, { files: 9 })).rejects.toMatchObject({ code: 'too_large' });
    await expect(list({ extensions: ['txt'] }, { entries: 9 })).rejects.toMatchObject({ code: 'too_large' });
  });

  const CONTENTS = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>x</ETag><LastModified>2026-11-22T10:00:00Z</LastModified></Contents>`;

  it.each([
    ['is none', 'hello'],
    ['is a page of somebody else', '<html><body>Please sign in</body></html>'],
    ['is cut off', '<ListBucketResult><Contents>'],
    ['goes on for ever', '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>'],
    ['goes on nowhere', `<ListBucketResult><IsTruncated>true</IsTruncated>${CONTENTS('a')}</ListBucketResult>`],
    ['is out of order', `<ListBucketResult>${CONTENTS('b')}${CONTENTS('a')}</ListBucketResult>`],
    ['has a key twice', `<ListBucketResult>${CONTENTS('a')}${CONTENTS('a')}</ListBucketResult>`],
    ['has a key of a broken encoding', `<ListBucketResult><EncodingType>url</EncodingType>${CONTENTS('%ff')}</ListBucketResult>`],
    ['has an object without a part', '<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>'],
    ['has entities of its own', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ListBucketResult/>'],
  ])('whose list %s is refused', async (_, given) => {
    answer = given;
    await expect(list()).rejects.toMatchObject({ code: 'invalid_input', message: '"things" was listed in a way that cannot be read.' });
  });

  it('is refused at once at an address that is forbidden, or with half a key', async () => {
    const check = async (config: object) => {
      const source = sourceOf(config);
      await source.kind.check(source.config, rules);
    };
    await check({});
    await check({ endpoint: 'https://s3.eu-central-1.amazonaws.com' });
    for (const endpoint of ['http://169.254.169.254', 'https://localhost:9000', 'http://s3.example.com', 'https://a:b@s3.example.com', 'x', 'file:///']) {
      await expect(check({ endpoint })).rejects.toMatchObject({ name: 'CairnError' });
    }
    await expect(check({ access_key_id: null })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await previewSource({ type: 's3', config: { bucket: '../x', endpoint: 'https://x.example' } }, rules, { limit: 1 })).toMatchObject({ valid: false });
  });
});

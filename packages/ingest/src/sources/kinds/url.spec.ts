import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { serve, type TestServer } from '../../fixtures/serve.js';
import { WebClient } from '../../web/web-client.js';
import { previewSource } from '../preview/preview-source.js';
import { readSource } from '../registry.js';
import type { SourceItem, SourceRules } from '../source.js';
import { SOURCE_LIMITS } from '../source-limits.js';

let server: TestServer;
let rules: SourceRules;
let answer = { status: 200, headers: {} as Record<string, string>, body: 'hello', head: true };

beforeAll(async () => {
  server = await serve(({ method }, response) => {
    if (method === 'HEAD' && !answer.head) response.writeHead(405).end();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  rules = { roots: [], web: new WebClient({ allow: [server.host] }), limits: SOURCE_LIMITS };
});

afterEach(() => {
  answer = { status: 200, headers: {}, body: 'hello', head: true };
});

afterAll(async () => {
  await rules.web.close();
  await server.close();
});

const sourceOf = (path = '/') => readSource({ type: 'url', config: { url: `${server.url}${path}` } });

async function itemOf(path?: string): Promise<SourceItem> {
  const { kind, config } = sourceOf(path);
  const items: SourceItem[] = [];
  for await (const item of kind.list(config, rules, {})) items.push(item);
  expect(items).toHaveLength(1);
  return items[0] as SourceItem;
}

describe('an address', () => {
  it('is one item, with what the server says of it', async () => {
    answer.headers = { etag: '"v1"', 'content-type': 'Text/HTML; charset=utf-8', 'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT', 'content-length': '5' };
    expect(await itemOf('/docs/gr%C3%BC%C3%9Fe.html?x=1')).toEqual({
      path: 'grüße.html',
      fileName: 'grüße.html',
      size: 5,
      version: '"v1"',
      mimeType: 'text/html',
      modifiedAt: new Date('2026-11-22T10:00:00Z'),
    });
  });

  it('R1: keeps the encoding that the server names', async () => {
    answer.headers = { 'content-type': 'text/plain; format=flowed; charset="ISO-8859-1"' };
    expect((await itemOf()).mimeType).toBe('text/plain; charset=iso-8859-1');
  });

  it('has a version by its date and length, or none', async () => {
    answer.headers = { 'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT', 'content-length': '5' };
    expect((await itemOf()).version).toBe('Sun, 22 Nov 2026 10:00:00 GMT 5');
    answer.headers = { 'last-modified': 'never', 'content-type': 'nonsense' };
    expect(await itemOf()).toEqual({ path: '127.0.0.1', fileName: '127.0.0.1' });
    expect((await itemOf('/a%2Fb%00')).fileName).toBe('a_b_');
    expect((await itemOf('/%ff')).fileName).toBe('%ff');
  });

  it('is read also where the server does not know HEAD', async () => {
    answer.head = false;
    expect(await itemOf('/x.txt')).toMatchObject({ path: 'x.txt' });
    const { kind, config } = sourceOf('/x.txt');
    const item = { path: 'x.txt', fileName: 'x.txt' };
    expect(await text(await kind.open(config, rules, item, { maxBytes: 5 }))).toBe('hello');
    await expect(kind.open(config, rules, item, { maxBytes: 4 }).then(text)).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    [404, 'not_found'],
    [410, 'not_found'],
    [401, 'invalid_input'],
    [429, 'unavailable'],
    [503, 'unavailable'],
  ])('that answers %i is refused as %s', async (status, code) => {
    answer.status = status;
    await expect(itemOf('/x?token=secret')).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
    const { kind, config } = sourceOf();
    await expect(kind.open(config, rules, { path: 'x', fileName: 'x' }, { maxBytes: 5 })).rejects.toMatchObject({ code });
  });

  it('that is forbidden is so before it is connected to', async () => {
    const { kind, config } = readSource({ type: 'url', config: { url: 'http://169.254.169.254/latest' } });
    await expect(kind.check(config, rules)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await previewSource({ type: 'url', config: { url: 'file:///etc/passwd' } }, rules, { limit: 1 })).toMatchObject({ valid: false });
  });
});

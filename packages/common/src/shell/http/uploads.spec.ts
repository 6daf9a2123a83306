import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BlobStore } from '../../blobs/blob-store.js';
import type { OrgId } from '../../ids.js';
import { scopeOfPrincipal } from '../../tenancy/tenant-scope.js';
import { spawnEcho, urlOf } from '../testing/echo-process.js';
import { sendRaw, sendThenRead } from '../testing/raw-http.js';
import { type EchoService, startEcho } from '../testing/start-echo.js';
import { type SeenFile, uploads } from '../testing/upload.controller.js';
import { ArrivingForm } from './arriving-form.js';

const MEGABYTE = 1 << 20;
let echo: EchoService;

beforeAll(async () => {
  echo = await startEcho({ env: { MAX_UPLOAD_BYTES: '100000', MAX_UPLOAD_FILES: '1000' } });
});

afterAll(() => echo.service.stop());

interface Seen {
  fields: Record<string, string>;
  files: SeenFile[];
}

interface FormOrJson {
  content: Record<string, { schema: { properties?: object } }>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const FORM_TYPE = 'multipart/form-data; boundary=X';

/** A part as it goes over the wire; `disposition` is what follows `form-data`. */
const part = (disposition: string, body = 'abc', more = '') =>
  Buffer.concat([Buffer.from(`--X\r\nContent-Disposition: form-data${disposition}\r\n${more}\r\n`), Buffer.from(body), Buffer.from('\r\n')]);
const file = (name: string, body?: string) => part(`; name="file"; filename=${name}`, body);
const END = Buffer.from('--X--\r\n');

async function send(parts: (Buffer | FormData)[], { path = '/uploads', type = FORM_TYPE, url = echo.url } = {}): Promise<{ status: number; json: unknown }> {
  const [only] = parts;
  const sent = only instanceof FormData ? { body: only } : { body: Buffer.concat(parts as Buffer[]), headers: { 'content-type': type } };
  const answer = await fetch(url + path, { method: 'POST', ...sent });
  return { status: answer.status, json: await answer.json() };
}

const see = async (...parts: (Buffer | FormData)[]): Promise<Seen> => {
  const { status, json } = await send(parts);
  expect([status, json]).toEqual([200, expect.objectContaining({ kind: 'form' })]);
  return json as Seen;
};

const refused = (status: number, code: string, detail: string) => ({
  status,
  json: expect.objectContaining({ status, code, detail: expect.stringContaining(detail) }),
});

describe('an endpoint that takes JSON and forms', () => {
  it('takes JSON by the rules of its class', async () => {
    const post = (body: string, type = 'application/json') => send([Buffer.from(body)], { type });
    expect(await post('{"text":"a"}')).toEqual({ status: 200, json: { kind: 'json', body: { text: 'a' } } });
    expect(await post('{"text":1}')).toEqual(refused(422, 'invalid_input', 'text must be a text'));
    expect(await post('{"text":"a","more":1}')).toEqual(refused(400, 'unknown_fields', 'more'));
    expect(await post('{')).toEqual(refused(400, 'malformed_json', ''));
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/mixed; boundary=X'])
      expect(await post('a', type)).toEqual(refused(415, 'unsupported_media_type', 'a form (multipart/form-data)'));
  });

  it('takes files and fields of a form, as a browser sends it', async () => {
    const form = new FormData();
    const bytes = randomBytes(90_000);
    form.append('metadata', '{"lang":"de"}');
    form.append('file', new Blob([bytes], { type: 'application/pdf' }), 'Übersicht – 文.pdf');
    form.append('file', new Blob(['']), 'empty.txt');
    form.append('__proto__', 'a name like any other');
    const seen = await see(form);
    expect(seen.files).toEqual([
      { fieldName: 'file', fileName: 'Übersicht – 文.pdf', mimeType: 'application/pdf', size: 90_000, hash: sha256(bytes) },
      { fieldName: 'file', fileName: 'empty.txt', mimeType: 'application/octet-stream', size: 0, hash: sha256(Buffer.alloc(0)) },
    ]);
    expect(JSON.stringify(seen.fields)).toBe('{"metadata":"{\\"lang\\":\\"de\\"}","__proto__":"a name like any other"}');
  });

  it('takes a thousand small files, in their order, and a form without any', async () => {
    const seen = await see(...Array.from({ length: 1_000 }, (_, index) => file(`"f${index}.txt"`, `text ${index}`)), END);
    expect(seen.files.map(({ fileName }) => fileName)).toEqual(Array.from({ length: 1_000 }, (_, index) => `f${index}.txt`));
    expect(seen.files[999]?.hash).toBe(sha256(Buffer.from('text 999')));
    expect((await see(END)).files).toEqual([]);
  });

  it('skips the files that it does not read', async () => {
    const parts = [file('"a"', 'x'.repeat(90_000)), file('"b"', 'x'.repeat(90_000)), file('"c"'), END];
    expect(await send(parts, { path: '/uploads/names' })).toEqual({ status: 200, json: { names: ['a', 'b', 'c'] } });
  });

  it('may answer before it reads anything', async () => {
    expect(await send([file('"a"'), END], { path: '/uploads/refused' })).toEqual({ status: 200, json: { kind: 'form' } });
  });

  it('is described with both bodies', async () => {
    const { paths } = (await (await fetch(`${echo.url}/openapi.json`)).json()) as { paths: { '/uploads': { post: { requestBody: FormOrJson } } } };
    const { content } = paths['/uploads'].post.requestBody;
    expect(content['application/json']).toEqual({ schema: { $ref: '#/components/schemas/Note' } });
    expect(content['multipart/form-data']?.schema.properties).toMatchObject({
      file: { type: 'array', items: { type: 'string', format: 'binary' } },
      metadata: { type: 'string' },
    });
  });
});

describe('an endpoint that takes JSON only', () => {
  it('refuses forms', async () => {
    for (const path of ['/echo', '/strict']) expect(await send([file('"a"'), END], { path })).toEqual(refused(415, 'unsupported_media_type', 'Send JSON'));
  });
});

describe('the name of a file', () => {
  it.each([
    ['"C:\\dir\\a.txt"', 'a.txt'],
    ['"../../etc/passwd"', 'passwd'],
    ['"a\\"b.txt"', 'a"b.txt'],
    ['"tab\there.txt"', 'tabhere.txt'],
    ['"\u202etxt.exe"', 'txt.exe'],
    ['"naïve – 文.txt"', 'naïve – 文.txt'],
    ['"x.txt"; filename*=UTF-8\'\'na%C3%AFve%20%E6%96%87.txt', 'naïve 文.txt'],
    ['"x.txt"; filename*=UTF-8\'\'..%2f..%2fa%0d%0ab', 'ab'],
    [`"${'ü'.repeat(127)}.txt"`.replace('.txt', 'x'), `${'ü'.repeat(127)}x`],
  ])('is data, and only its last part: %s', async (sent, fileName) => {
    expect((await see(file(sent), END)).files).toEqual([expect.objectContaining({ fileName, size: 3 })]);
  });

  it.each([
    ['"x"; filename*=UTF-8\'\'a%00b', 422, 'invalid_input', 'NUL'],
    ['"x"; filename*=utf-16le\'\'%00%d8', 422, 'invalid_input', 'surrogate'],
    ['"a\0b"', 400, 'malformed_form', 'headers of a part are malformed'],
    ['"dir/"', 422, 'invalid_input', 'is missing'],
    ['".."', 422, 'invalid_input', 'is missing'],
    [`"${'ü'.repeat(128)}"`, 422, 'invalid_input', 'at most 255 bytes'],
  ])('is refused when it is none: %j', async (sent, status, code, detail) => {
    expect(await send([file(sent), END])).toEqual(refused(status, code, detail));
  });

  it('is needed for a file', async () => {
    expect(await send([part('; name="file"', 'abc', 'Content-Type: application/octet-stream\r\n'), END])).toEqual(refused(422, 'invalid_input', 'is missing'));
  });
});

describe('a form that cannot be read', () => {
  it('is told where it was cut off: in a file, in a header, before the end', async () => {
    const whole = Buffer.concat([file('"a.txt"', 'x'.repeat(90_000)), END]);
    for (const bytes of [0, 30, 80, 50_000, whole.length - 8])
      expect(await send([whole.subarray(0, bytes)])).toEqual(refused(400, 'malformed_form', 'ends before its last boundary'));
  });

  it('is told that no boundary is named', async () => {
    for (const type of ['multipart/form-data', 'multipart/form-data; charset=utf-8'])
      expect(await send([file('"a"'), END], { type })).toEqual(refused(400, 'malformed_form', 'no boundary'));
  });

  it('is told that headers of a part are no headers, or too large', async () => {
    for (const bad of [
      Buffer.from('--X\r\nContent-Disp@sition: x\r\n\r\nabc\r\n'),
      part('; name="file"; filename="a"', 'abc', `X-A: ${'y'.repeat(17_000)}\r\n`),
    ])
      expect(await send([file('"before"'), bad, END])).toEqual(refused(400, 'malformed_form', 'headers of a part'));
  });

  it('is told of fields without a name, twice, too large or too many', async () => {
    const field = (name: string, body = 'x') => part(`; name="${name}"`, body);
    expect(await send([part(''), END])).toEqual(refused(422, 'invalid_input', 'has no name'));
    expect(await send([field('a'), field('a'), END])).toEqual(refused(422, 'invalid_input', 'there twice'));
    expect(await send([field('a', 'x'.repeat(1_000_001)), END])).toEqual(refused(413, 'too_large', 'a field of more than 1000000 bytes'));
    expect((await see(field('a', 'x'.repeat(1_000_000)), END)).fields.a).toHaveLength(1_000_000);
    expect(await send([...Array.from({ length: 101 }, (_, index) => field(`f${index}`)), END])).toEqual(refused(413, 'too_large', 'more than 100 fields'));
  });
});

describe('limits of a form', () => {
  it('take a file of exactly so many bytes, and refuse one more', async () => {
    expect((await see(file('"a"', 'x'.repeat(100_000)), END)).files[0]?.size).toBe(100_000);
    expect(await send([file('"a"', 'x'.repeat(100_001)), END])).toEqual(refused(413, 'too_large', 'a file of more than 100000 bytes'));
    expect(await send([file('"a"', 'x'.repeat(100_001)), END], { path: '/uploads/names' })).toEqual(refused(413, 'too_large', 'a file of more'));
  });

  it('take so many files and no more', async () => {
    const many = Array.from({ length: 1_001 }, () => file('"a"'));
    expect(await send([...many, END])).toEqual(refused(413, 'too_large', 'more than 1000 files'));
  });

  it('reach a client that reads only when it has sent everything', async () => {
    const around: [string, string] = [file('"a"', '').toString().slice(0, -2), '\r\n--X--\r\n'];
    const length = 30 * MEGABYTE + around.join('').length;
    const answer = await sendThenRead(echo.url, '/uploads', 30 * MEGABYTE, `content-type: ${FORM_TYPE}\r\ncontent-length: ${length}`, around);
    expect([answer.status, JSON.parse(answer.text).code, answer.headers.connection]).toEqual([413, 'too_large', 'close']);
  });
});

describe('a client', () => {
  const head = (length: number) => `POST /uploads HTTP/1.1\r\nhost: x\r\ncontent-type: ${FORM_TYPE}\r\ncontent-length: ${length}\r\n\r\n`;
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('that goes away ends the stream of its file', async () => {
    const { begun } = uploads;
    uploads.failures.length = 0;
    const { hostname, port } = new URL(echo.url);
    const socket = connect(Number(port), hostname, () => socket.write(head(50_000) + file('"a"', 'x'.repeat(20_000)).toString()));
    await until(() => uploads.begun > begun);
    socket.destroy();
    await until(() => uploads.failures.length > 0);
    expect(uploads.failures).toEqual([expect.objectContaining({ code: 'request_timeout' })]);
  });

  it('that says less than it sends, or sends its form in crumbs, is understood', async () => {
    const whole = Buffer.concat([file('"a.txt"'), file('"b.txt"'), END]).toString();
    const chunked = `POST /uploads HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${FORM_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const answer = await sendRaw(echo.url, `${chunked}${[...whole].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`);
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"b.txt"')]);
  });

  it('that sends a second request on the same connection after a form is answered', async () => {
    const form = Buffer.concat([file('"a.txt"'), END]).toString();
    const answer = await sendRaw(echo.url, `${head(form.length)}${form}GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer.text).toMatch(/"a\.txt"[\s\S]*HTTP\/1\.1 200/);
  });
});

describe('a form that is read slowly', () => {
  /** How much of a form was taken when its first file was handed out and nobody reads it. */
  async function takenOf(size: number): Promise<number> {
    let taken = 0;
    function* parts(): Generator<Buffer> {
      for (let index = 0; index < 1_000; index++) {
        const next = file(`"f${index}"`, 'x'.repeat(size));
        taken += next.length;
        yield next;
      }
      yield END;
    }
    const form = new ArrivingForm(Readable.from(parts(), { objectMode: false }), FORM_TYPE, { uploadBytes: MEGABYTE, uploadFiles: 1_000 });
    for await (const { fileName } of form.files) {
      expect(fileName).toBe('f0');
      await new Promise((resolve) => setTimeout(resolve, 100));
      break;
    }
    return taken;
  }

  it('is taken no faster than it is read: its files do not gather, small or large', async () => {
    // Of at least a megabyte; a few chunks lie in the streams in between.
    for (const size of [1_000, 15_000, 100_000]) expect(await takenOf(size)).toBeLessThan(600_000);
  });
});

describe('a file that is kept while it arrives', () => {
  it('is kept as it was sent, and not at all when its form ends too early', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-uploads-'));
    const store = await BlobStore.open(folder);
    const scope = scopeOfPrincipal({ orgId: '753ee532-60b1-4aa4-9c7d-4fb151e78483' as OrgId, actor: 'user:1' });
    const keep = async (bytes: Buffer) => {
      const form = new ArrivingForm(Readable.from([bytes]), FORM_TYPE, { uploadBytes: MEGABYTE, uploadFiles: 2 });
      for await (const { stream } of form.files) return store.put(scope, stream, { maxBytes: MEGABYTE });
    };
    const whole = Buffer.concat([file('"a"', 'x'.repeat(200_000)), END]);
    await expect(keep(whole.subarray(0, 100_000))).rejects.toMatchObject({ code: 'malformed_form', status: 400 });
    expect(await keep(whole)).toEqual({ hash: sha256(Buffer.alloc(200_000, 'x')), size: 200_000 });
    expect(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});

describe('a large form', () => {
  const RSS_GROWTH = 60 * MEGABYTE;
  const LIMIT = 100 * MEGABYTE;

  it('takes 100 MB, refuses one byte more, and 200 MB stream through without gathering in memory', async () => {
    const process = spawnEcho({ MAX_UPLOAD_BYTES: String(LIMIT) });
    try {
      const url = await urlOf(process);
      const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${process.child.pid}/status`, 'utf8'))?.[1]) * 1024;
      await send([file('"warm"'), END], { url });
      const before = peak();
      const half = new Blob(Array.from({ length: 100 }, () => Buffer.alloc(MEGABYTE, 'x')));
      const form = new FormData();
      for (const name of ['a', 'b']) form.append('file', half, name);
      const { status, json } = await send([form], { url });
      expect([status, (json as Seen).files.map(({ size }) => size)]).toEqual([200, [LIMIT, LIMIT]]);
      expect(peak() - before).toBeLessThan(RSS_GROWTH);
      const over = new FormData();
      over.append('file', new Blob([half, 'x']), 'over');
      expect(await send([over], { url })).toEqual(refused(413, 'too_large', `a file of more than ${LIMIT} bytes`));
    } finally {
      process.child.kill('SIGKILL');
      await process.exited;
    }
  });
});

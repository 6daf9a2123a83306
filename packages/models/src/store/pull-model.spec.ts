import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KNOWN_MODELS, type KnownEncoder, type KnownModel, ModelStore } from '../../dist/index.js';
import { installModel, type PullOptions, pullModel } from '../../dist/install.js';
import { writeTableModel } from '../fixtures/table-model.js';
import { writeTinyReranker } from '../fixtures/tiny-reranker.js';

const COMMIT = 'a'.repeat(40);
const root = mkdtempSync(join(tmpdir(), 'cairn-pull-'));
const published = join(root, 'published');
const KNOWN: KnownEncoder = { ...(KNOWN_MODELS.find(({ id }) => id === 'gte-small') as KnownEncoder), dimension: 384, maxTokens: 64 };

/** A hub as the real one behaves: it tells the hash of a large file and sends the reader elsewhere; a small file has git's hash. */
class Hub {
  readonly asked: string[] = [];
  /** Cuts the first answer with the large file off after so many bytes. */
  cutAt: number | undefined;
  spoil = false;
  /** What it offers. */
  folder = published;
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(`${request.method} ${path} ${request.headers.range ?? ''}`.trim());
    const model = readFileSync(join(this.folder, 'model.onnx'));
    const tokenizer = readFileSync(join(this.folder, 'tokenizer.json'));
    if (path.endsWith('/tokenizer.json'))
      this.send(response, tokenizer, request, `"${createHash('sha1').update(`blob ${tokenizer.length}\0`).update(tokenizer).digest('hex')}"`);
    else if (path.endsWith('/onnx/model.onnx')) this.redirect(response, model);
    else if (path === '/elsewhere/model') this.send(response, this.spoil ? model.fill(7) : model, request);
    else response.writeHead(404).end();
  }

  private redirect(response: ServerResponse, model: Buffer): void {
    const sha256 = createHash('sha256').update(model).digest('hex');
    response.writeHead(302, { location: '/elsewhere/model', 'x-repo-commit': COMMIT, 'x-linked-etag': `"${sha256}"`, 'x-linked-size': model.length }).end();
  }

  private send(response: ServerResponse, bytes: Buffer, request: IncomingMessage, etag = ''): void {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const headers = { 'content-length': bytes.length - start, 'x-repo-commit': COMMIT, ...(etag ? { etag } : {}) };
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (request.method === 'HEAD') response.end();
    else if (this.cutAt !== undefined && !etag) {
      response.write(bytes.subarray(start, this.cutAt), () => response.destroy());
      this.cutAt = undefined;
    } else response.end(bytes.subarray(start));
  }
}

let hub: Hub;
let store: ModelStore;
beforeAll(() => writeTableModel(published, { dimension: 384 }));
beforeEach(async () => {
  hub = new Hub();
  await hub.start();
  store = new ModelStore(mkdtempSync(join(root, 'store-')));
});
afterEach(() => hub.stop());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pull = (options: Partial<PullOptions> = {}, known: KnownModel = KNOWN) =>
  pullModel(store, known, { quantise: false, offline: false, hub: hub.url, ...options });

describe('a known model', () => {
  it('E14: is fetched with progress, compared with the hash of the hub, and installed with the commit it came from', async () => {
    const seen: [string, number, number][] = [];
    const { model } = await pull({ onDownload: (...step) => seen.push(step) });
    expect(model).toMatchObject({ id: 'gte-small', dimension: 384, pooling: 'mean', licence: 'MIT', origin: `thenlper/gte-small@${COMMIT}` });
    expect(seen.at(-1)).toEqual(['model.onnx', expect.any(Number), readFileSync(join(published, 'model.onnx')).length]);
    expect(hub.asked).toContain(`HEAD /thenlper/gte-small/resolve/${COMMIT}/onnx/model.onnx`);
    expect(readdirSync(store.folder).filter((name) => !name.startsWith('.'))).toEqual(['gte-small']);
  }, 60_000);

  it('V9: that is a reranker is fetched and installed as one', async () => {
    const known = KNOWN_MODELS.find(({ id }) => id === 'ms-marco-MiniLM-L-6-v2') as KnownModel;
    const folder = join(root, 'cross-encoder');
    writeTinyReranker(folder);
    hub.folder = (await installModel(new ModelStore(join(root, 'made')), { from: folder, id: 'made', settings: {}, quantise: false })).model.folder;
    const { model } = await pull({}, { ...known, maxTokens: 40 });
    expect(model).toMatchObject({ kind: 'reranker', id: known.id, licence: 'Apache-2.0', origin: `cross-encoder/ms-marco-MiniLM-L6-v2@${COMMIT}` });
    expect((await store.list()).models).toEqual([model]);
  }, 60_000);

  it('E14: is carried on with after the connection broke', async () => {
    hub.cutAt = 5_000_000;
    await expect(pull()).rejects.toThrow(/broke after \d+ of \d+ bytes. They are kept/);
    const { model } = await pull();
    expect(model.id).toBe('gte-small');
    expect(hub.asked.at(-1)).toMatch(/^GET \/elsewhere\/model bytes=[1-9]\d*-$/);
  }, 60_000);

  it('E14: that is not what the hub promised is thrown away', async () => {
    hub.spoil = true;
    await expect(pull()).rejects.toThrow(/is not the file that was promised: expected [0-9a-f]{64}, received [0-9a-f]{64}/);
    expect(existsSync(join(store.folder, 'gte-small'))).toBe(false);
    hub.spoil = false;
    await expect(pull()).resolves.toBeDefined();
  }, 60_000);

  it('E14: whose hash is in the catalogue must have that one, whatever the hub says', async () => {
    const files = { ...KNOWN.download.files, model: { ...KNOWN.download.files.model, sha256: '0'.repeat(64) } };
    await expect(pull({}, { ...KNOWN, download: { ...KNOWN.download, files } })).rejects.toThrow(`expected ${'0'.repeat(64)}`);
  }, 60_000);

  it('E14: offline asks nobody, and says what is missing', async () => {
    await expect(pull({ offline: true })).rejects.toThrow('model.onnx and tokenizer.json of gte-small were not fetched yet');
    expect(hub.asked).toEqual([]);
  });

  it('E14: offline installs what was fetched before and could not be installed then', async () => {
    await expect(pull({}, { ...KNOWN, dimension: 7 })).rejects.toThrow('and gte-small has');
    const before = hub.asked.length;
    expect((await pull({ offline: true })).model.id).toBe('gte-small');
    expect(hub.asked.length).toBe(before);
  }, 60_000);

  it('that the hub does not have is a clear error', async () => {
    const files = { ...KNOWN.download.files, tokenizer: { path: 'nowhere.json' } };
    await expect(pull({}, { ...KNOWN, download: { ...KNOWN.download, files } })).rejects.toThrow('answered with 404: there is no such file');
  });

  it('a hub that cannot be reached is named', async () => {
    await expect(pull({ hub: 'http://127.0.0.1:1' })).rejects.toThrow('127.0.0.1:1 cannot be reached');
  });
});

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KNOWN_MODELS, type KnownEncoder, type KnownModel, ModelStore, type OnnxModel } from '../../dist/index.js';
import { installModel, type PullOptions, pullModel } from '../../dist/install.js';
import { COMMIT, StubHub } from '../fixtures/stub-hub.js';
import { writeTableModel } from '../fixtures/table-model.js';
import { DATA, writeTinyDecoder } from '../fixtures/tiny-decoder.js';
import { writeTinyReranker } from '../fixtures/tiny-reranker.js';

const root = mkdtempSync(join(tmpdir(), 'cairn-pull-'));
const published = join(root, 'published');
const KNOWN: KnownEncoder = { ...(KNOWN_MODELS.find(({ id }) => id === 'gte-small') as KnownEncoder), dimension: 384, maxTokens: 64 };

let hub: StubHub;
let store: ModelStore;
beforeAll(() => writeTableModel(published, { dimension: 384 }));
beforeEach(async () => {
  hub = new StubHub(published);
  await hub.start();
  store = new ModelStore(mkdtempSync(join(root, 'store-')));
});
afterEach(() => hub.stop());
afterAll(() => rmSync(root, { recursive: true, force: true }));

const pull = (options: Partial<PullOptions> = {}, known: KnownModel = KNOWN) =>
  pullModel(store, known, { quantise: false, offline: false, hub: hub.url, env: {}, ...options });

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
    expect(hub.asked.at(-1)).toMatch(/^GET \/elsewhere\/model\.onnx bytes=[1-9]\d*-$/);
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
    await expect(pull({ offline: true })).rejects.toThrow('tokenizer.json and model.onnx of gte-small were not fetched yet');
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

describe('a known model with weights in other files', () => {
  const QWEN = KNOWN_MODELS.find(({ id }) => id === 'Qwen3-Embedding-0.6B') as KnownEncoder;
  // As long as the fixture reads.
  const SMALL: KnownEncoder = { ...QWEN, dimension: 32, shorterDimensions: [], maxTokens: 60 };
  const PIECES = [DATA, `${DATA}_1`];
  const folder = join(root, 'decoder');
  const ask = (path: string) => `HEAD /${QWEN.download.repository}/resolve/${COMMIT}/${path}`;
  beforeAll(async () => {
    await writeTinyDecoder(folder, PIECES);
    // Enough for a connection to break in the middle; a data file may be longer than what is used of it.
    appendFileSync(join(folder, `${DATA}_1`), Buffer.alloc(8_000_000));
  });
  beforeEach(() => {
    hub.folder = folder;
    hub.troubled = `${DATA}_1`;
  });

  it('E14: is fetched with all that the model names, and installed', async () => {
    const { model } = await pull({}, SMALL);
    expect(model).toMatchObject({ id: QWEN.id, pooling: 'last', origin: `${QWEN.download.repository}@${COMMIT}` });
    const sha256Of = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
    expect((model as OnnxModel).files.data).toEqual(PIECES.map((path) => expect.objectContaining({ path, sha256: sha256Of(path) })));
    expect(hub.asked).toEqual(expect.arrayContaining(['onnx/model.onnx', ...PIECES.map((name) => `onnx/${name}`)].map(ask)));
  }, 60_000);

  it('E14: is carried on with in the middle of a data file, from the commit that it began with', async () => {
    hub.cutAt = 5_000_000;
    await expect(pull({}, SMALL)).rejects.toThrow(/broke after \d+ of \d+ bytes. They are kept/);
    await expect(pull({ offline: true }, SMALL)).rejects.toThrow(`${DATA}_1 of Qwen3-Embedding-0.6B was not fetched yet`);
    const before = hub.asked.length;
    hub.commit = 'b'.repeat(40);
    expect((await pull({}, SMALL)).model.origin).toBe(`${QWEN.download.repository}@${COMMIT}`);
    expect(hub.asked.slice(before)).toEqual([ask(`onnx/${DATA}_1`), expect.stringMatching(/^GET \/elsewhere\/model\.onnx_data_1 bytes=[1-9]\d*-$/)]);
  }, 60_000);

  it('E14: of which a data file is not what the hub promised is not installed, and that file is thrown away', async () => {
    hub.spoil = true;
    await expect(pull({}, SMALL)).rejects.toThrow(`onnx/${DATA}_1 is not the file that was promised`);
    const parts = join(store.folder, '.downloads', QWEN.id);
    expect(readdirSync(parts).filter((name) => name.startsWith(DATA))).toEqual([DATA]);
    expect(existsSync(join(store.folder, QWEN.id))).toBe(false);
    hub.spoil = false;
    await expect(pull({}, SMALL)).resolves.toBeDefined();
  }, 60_000);

  it('E14: whose hash is in the catalogue must have that one', async () => {
    const data = [{ path: `onnx/${DATA}`, sha256: '0'.repeat(64) }];
    const known = { ...SMALL, download: { ...QWEN.download, files: { ...QWEN.download.files, data } } };
    await expect(pull({}, known)).rejects.toThrow(`expected ${'0'.repeat(64)}`);
  }, 60_000);

  it('E9: that names a file outside of its folder is not fetched any further, and refused', async () => {
    hub.folder = join(root, 'hostile');
    await writeTinyDecoder(hub.folder, [`../${DATA}`]);
    await expect(pull({}, SMALL)).rejects.toThrow(`it names "../${DATA}", which is not the plain name`);
    expect(hub.asked.filter((line) => line.includes(DATA))).toEqual([]);
  }, 60_000);

  it.each(KNOWN_MODELS.filter(({ id }) => id.startsWith('Qwen3')))('E3: $id is one', ({ download }) => {
    expect(download.files).toMatchObject({ model: { path: 'onnx/model.onnx' }, data: [{ path: 'onnx/model.onnx_data' }] });
  });
});

import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeTinyClip } from '../../../packages/models/src/fixtures/tiny-clip.js';
import { writeTinyReranker } from '../../../packages/models/src/fixtures/tiny-reranker.js';
import { main } from '../dist/main.js';

const BUILT_IN = join(import.meta.dirname, '../../../packages/models/builtin/all-MiniLM-L6-v2');

let root: string;
let published: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cairn-cli-'));
  published = join(root, 'published');
  cpSync(BUILT_IN, published, { recursive: true });
  renameSync(join(published, 'model_int8_row.onnx'), join(published, 'model.onnx'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function cairn(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await main(args, { MODELS_DIR: join(root, 'models') }, out, err);
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}
const models = (...args: string[]) => cairn('models', ...args);

describe('cairn models', () => {
  it('E14: imports a folder, lists, verifies and removes the model', async () => {
    const imported = await models('import', published, '--id', 'mine', '--pooling', 'mean', '--query-prefix', 'query: ', '--alias', 'team/mine');
    expect(imported).toMatchObject({ code: 0, out: expect.stringContaining('mine is installed in') });
    expect(imported.err).toContain('trying what every model must keep');
    expect((await models('list')).out).toMatch(/all-MiniLM-L6-v2 +built in .*\nmine +installed +384 numbers/);
    expect(await models('verify', 'team/mine')).toMatchObject({ code: 0, out: expect.stringMatching(/^mine +good: files as installed, 384 numbers/) });
    expect(await models('rm', 'mine')).toMatchObject({ code: 0, out: expect.stringContaining('mine is removed') });
    expect((await models('list')).out).not.toContain('installed');
  }, 120_000);

  it('E3: lists what can be fetched, with dimension, length and licence', async () => {
    expect((await models('list')).out).toMatch(/multilingual-e5-small +known +384 numbers +512 tokens +MIT/);
  });

  it('V9: a reranker is listed as one, and so is a cross-encoder that is imported', async () => {
    expect((await models('list')).out).toMatch(/ms-marco-MiniLM-L-12-v2 +known +reranker +512 tokens +Apache-2\.0/);
    const folder = join(root, 'cross-encoder');
    writeTinyReranker(folder);
    expect((await models('import', folder, '--id', 'mine')).out).toMatch(/^mine is installed in .*\nreranker, 40 tokens, from .*\n.*\n.*POST \/v1\/rerank/);
    expect((await models('list')).out).toMatch(/mine +installed +reranker +40 tokens/);
    expect((await models('verify', 'mine')).out).toMatch(/^mine +good: files as installed, reranker, \de[+-]\d+ between/);
    expect((await models('rm', 'mine')).out).toBe('mine is removed. Start the workers again.\n');
  }, 120_000);

  it('E9: a model that reads images is listed with what it reads, imported, verified and removed', async () => {
    expect((await models('list')).out).toMatch(/clip-vit-base-patch32 +known +512 numbers +77 tokens +MIT, images of 224 x 224 pixels and texts/);
    const folder = join(root, 'clip');
    await writeTinyClip(folder);
    const { out } = await models('import', folder, '--id', 'mine');
    expect(out).toMatch(
      /^mine is installed in .*\n8 numbers, 40 tokens, images of 16 x 16 pixels and texts, from .*\nA text or image .*\n.*POST \/vectors\/embed\/image/,
    );
    expect((await models('list')).out).toMatch(/mine +installed +8 numbers +40 tokens +not stated, images of 16 x 16 pixels and texts/);
    expect((await models('verify', 'mine')).out).toMatch(/^mine +good: files as installed, 8 numbers, \de[+-]\d+ between/);
    expect((await models('rm', 'mine')).out).toContain('mine is removed');
  }, 120_000);

  it.each([
    [['pull', 'gpt-9'], 2, 'gpt-9 is not a known model. Known are: bge-small-en-v1.5'],
    [['pull', 'all-MiniLM-L6-v2'], 2, 'is built in; there is nothing to fetch'],
    [['pull', 'gte-small', '--offline'], 1, 'were not fetched yet'],
    [['import', '/nowhere', '--id', 'x'], 1, 'There is no folder /nowhere'],
    [['import', '/nowhere'], 2, 'Say what the model is called here'],
    [['import', '/nowhere', '--id', 'x', '--pooling', 'max'], 2, '--pooling must be one of mean, cls, last; it is max'],
    [['import', '/nowhere', '--id', 'x', '--max-tokens', '1.5'], 2, '--max-tokens must be a whole number; it is 1.5'],
    [['rm', 'nothing'], 1, 'There is no installed model nothing'],
    [['verify', 'nothing'], 1, 'There is no model "nothing"'],
    [['fly'], 2, 'There is no command "models fly"'],
    [['list', '--wings'], 2, "Unknown option '--wings'"],
  ])('%j ends with %i and says why', async (args, code, reason) => {
    const ended = await models(...args);
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(reason)]);
  });
});

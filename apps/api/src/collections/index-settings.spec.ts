import { DependencyError, type IndexSettings, type ModelDirectory } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import type { IndexSettingsDto } from './collections.dto.js';
import { indexSettingsOf } from './index-settings.js';

const models = { list: async () => [] } as unknown as ModelDirectory;
const settingsOf = (dto: IndexSettingsDto, base?: IndexSettings) => indexSettingsOf(dto, { collectionId: 'c', models, base });

describe('the settings of an index', () => {
  it.each([
    [100, 80],
    [100, 0],
    [750, 250],
  ])('J14: of %i tokens that repeat %i are kept where nothing is said', async (chunk_size, chunk_overlap) => {
    const base = await settingsOf({ chunk_size, chunk_overlap });
    expect(await settingsOf({}, base)).toEqual(base);
    expect(await settingsOf({ embed_context: false }, base)).toEqual({ ...base, embedContext: false });
  });

  it.each([
    [400, 200],
    [399, 79],
    [2_000, 200],
  ])('J14: chunks of %i tokens repeat %i after chunks of 1,000 that repeated 200', async (chunk_size, chunkOverlap) => {
    expect(await settingsOf({ chunk_size }, await settingsOf({}))).toMatchObject({ chunkSize: chunk_size, chunkOverlap });
  });

  it('J14: chunks repeat a fifth by default', async () => {
    expect(await settingsOf({ chunk_size: 300 })).toMatchObject({ chunkSize: 300, chunkOverlap: 60 });
  });

  it.each([
    [{ chunking_config: { foo: 1 } }, 'chunking_config.foo'],
    [{ chunking_strategy: 'semantic', chunking_config: { similarity_threshold: 'a' } }, 'chunking_config.similarity_threshold'],
    [{ chunking_strategy: 'nope' }, 'chunking_strategy'],
  ])('T11: %j is refused by the name of its field', async (dto, path) => {
    const message = expect.stringContaining(path);
    await expect(settingsOf(dto)).rejects.toMatchObject({ code: 'invalid_input', message, errors: [{ path, message }] });
  });

  it.each([
    ['nope', 'unknown_model', 400],
    ['BAAI/bge-small-en-v1.5', 'model_not_installed', 400],
    ['ms-marco-MiniLM-L-6-v2', 'invalid_input', 422],
  ])('K2: are refused with a model that cannot be used, by the name of the field: %s', async (embedding_model, code, status) => {
    const refused = { code, status, message: expect.stringMatching(/^embedding_model: /), errors: [{ path: 'embedding_model', message: expect.any(String) }] };
    await expect(indexSettingsOf({ embedding_model }, { collectionId: 'c', models })).rejects.toMatchObject(refused);
  });

  it('E3: may be with vectors that are made up', async () => {
    expect(await settingsOf({ embedding_model: 'mock' })).toMatchObject({ model: 'mock', space: 'mock_v1_384_documents_f16' });
  });

  it('K2: are not refused while nobody can say which models there are', async () => {
    const away = new DependencyError('pg', 'away');
    const list = async () => Promise.reject(away);
    await expect(indexSettingsOf({ embedding_model: 'nope' }, { collectionId: 'c', models: { list } as unknown as ModelDirectory })).rejects.toBe(away);
  });
});

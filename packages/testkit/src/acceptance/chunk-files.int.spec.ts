import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(120_000);

let system: TestSystem;
let client: ApiClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
}, 120_000);
afterAll(() => system?.stop());

interface Listed {
  id: string;
  file_name: string;
  metadata: { chunk_folder?: string };
}

interface Chunk {
  text: string;
  page?: number;
  tokens: number;
  metadata?: object;
}

let trees = 0;
function tree(files: Record<string, unknown>): string {
  const root = join(system.sources, `Chunked-${trees++}`);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), JSON.stringify(content));
  }
  return root;
}

const preChunked = (source_path: string) => ({ source_type: 'directory', source_path, config: { pre_chunked: true } });
const documentsOf = async (collection: CollectionClient) => (await client.ok<{ documents: Listed[] }>('GET', collection.path('/documents'))).documents;
const foldersOf = async (collection: CollectionClient) => (await documentsOf(collection)).map(({ metadata }) => metadata.chunk_folder).sort();
const chunksOf = async (id: string) => (await client.ok<{ chunks: Chunk[] }>('GET', `/api/v2/documents/${id}/chunks`)).chunks;

describe('I18: files of chunks in a source', () => {
  it('I18: are found by folder, five deep, and only where the source is said to have them', async () => {
    const root = tree({
      'Docling/doc1_chunks.json': ['About parsing.'],
      'Docling/doc2_chunks.json': ['About layout.'],
      'Docling/readme.json': { not: 'taken' },
      'FAST_DOCS/fastapi_fastapi/doc_chunks.json': [{ text: 'About routes.', metadata: { page: 2, author: 'Ada' }, chunk_id: 'r-1' }],
      'Qdrant/qdrant_documentation/documentation/doc_chunks.json': { chunks: [{ content: 'About points.' }] },
      'a/b/c/d/e/f/deep_chunks.json': ['Too deep.'],
    });
    const collection = await CollectionClient.make(client);
    const operation = await collection.source(preChunked(root));
    expect([operation.status, operation.result]).toMatchObject([
      'completed',
      { found: 4, changed: 4, notes: [{ path: 'a/b/c/d/e/f/deep_chunks.json', reason: 'too_deep' }] },
    ]);
    const names = ['Docling', 'FAST_DOCS_fastapi_fastapi', 'Qdrant_qdrant_documentation_documentation'];
    expect(await foldersOf(collection)).toEqual(['Docling', ...names]);
    const preview = await client.ok<{ files: number }>('POST', '/api/v2/sources/preview', preChunked(root));
    expect(preview.files).toBe(4);

    const { results } = await client.ok<{ results: { text: string; page: number; chunk_metadata: object | null }[] }>('POST', '/api/v2/search', {
      query: 'routes',
      collection_ids: [collection.id],
      filters: { chunk_folder: 'FAST_DOCS_fastapi_fastapi' },
    });
    expect(results.map(({ text, page, chunk_metadata }) => [text, page, chunk_metadata])).toEqual([['About routes.', 2, { author: 'Ada', chunk_id: 'r-1' }]]);

    const other = await CollectionClient.make(client);
    expect((await other.source({ ...preChunked(root), config: {} })).result).toMatchObject({ found: 6 });
    expect(await foldersOf(other)).toEqual(Array.from({ length: 6 }, () => undefined));
  });

  it('I18: are not cut again, and a chunk that the model does not read at once is found by its end', async () => {
    const long = `${'The river flows to the sea without any hurry. '.repeat(200)}At last the pelican lands.`;
    const root = tree({ 'One/long_chunks.json': ['Short. And shorter. '.repeat(3), { text: long, metadata: { heading_path: ['Birds'] } }, '  '] });
    const collection = await CollectionClient.make(client, { chunk_size: 20, chunk_overlap: 0 });
    expect((await collection.source(preChunked(root))).status).toBe('completed');
    const [document] = await documentsOf(collection);
    const chunks = await chunksOf(document?.id as string);
    expect(chunks.map(({ text }) => text)).toEqual(['Short. And shorter. '.repeat(3), long]);
    expect(chunks[1]).toMatchObject({ heading_path: ['Birds'], tokens: expect.any(Number) });
    const points = await client.ok<{ total: number }>('GET', `/api/v2/documents/${document?.id}/ledger`);
    expect(points.total).toBeGreaterThan(3);
    expect((await collection.texts('a pelican lands'))[0]).toBe(long);
  });

  it('I18: fail alone where they are none, and are replaced when they change', async () => {
    const root = tree({ 'A/good_chunks.json': ['The heron waits.'], 'A/bad_chunks.json': { title: 'no chunks' } });
    const collection = await CollectionClient.make(client);
    expect((await collection.source(preChunked(root))).status).toBe('completed');
    const failed = (await collection.documents()).filter(({ status }) => status === 'failed');
    expect(failed.map(({ file_name, error_message }) => [file_name, error_message])).toEqual([
      ['bad_chunks.json', 'This file is no file of chunks. It is neither a list nor an object with a list under "chunks".'],
    ]);
    writeFileSync(join(root, 'A/good_chunks.json'), JSON.stringify(['The stork waits.', 'So does the crane.']));
    expect((await collection.source(preChunked(root))).status).toBe('completed');
    expect((await collection.texts('stork crane')).sort()).toEqual(['So does the crane.', 'The stork waits.']);
  });

  it('I18: can be sent as documents, by their type', async () => {
    const collection = await CollectionClient.make(client);
    const [sent] = await collection.add([{ text: JSON.stringify(['First part.', 'Second part.']), mime_type: 'application/vnd.cairn.chunks+json' }]);
    expect((await chunksOf(sent?.id as string)).map(({ text }) => text)).toEqual(['First part.', 'Second part.']);
  });
});

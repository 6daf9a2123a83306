import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type OrgId, pointIdOf } from '../ids.js';
import { scopeOfRebuild } from '../tenancy/tenant-scope.js';
import { placeChunks } from './index-document.repository.js';

const orgId = '550e8400-e29b-41d4-a716-446655440000' as OrgId;
const scope = scopeOfRebuild({ orgId });
const documentId = '0190aaaa-0000-7000-8000-000000000001';
const index = (number: number) => ({
  id: '0190bbbb-0000-7000-8000-000000000001',
  number,
  state: 'serving' as const,
  model: 'all-MiniLM-L6-v2',
  modelVer: 'v1',
  space: 's',
  quantization: 'float16' as const,
  chunkingStrategy: 'auto',
  chunkSize: 100,
  chunkOverlap: 0,
  chunkingConfig: {},
  embedContext: true,
  extractMetadata: false,
  storeName: 'x',
});
const chunk = (at: number, ...windows: string[]) => ({ index: at, text: windows.join(' '), start: 0, end: 1, tokens: 1, windows });
const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);

test('V1: a point is named by the document, by what is embedded, and by how often that came before', () => {
  const { points, chunks } = placeChunks(scope, documentId, index(1), [chunk(0, 'same'), chunk(1, 'other'), chunk(2, 'same')]);
  expect(points.map(({ segmentId }) => segmentId)).toEqual([`${hash('same')}-0`, `${hash('other')}-0`, `${hash('same')}-1`]);
  const [first] = points;
  expect(first?.pointId).toBe(pointIdOf({ orgId, assetId: documentId, segmentId: `${hash('same')}-0`, model: 'all-MiniLM-L6-v2', modelVer: 'v1' }));
  expect(chunks.map(({ id }) => id)).toEqual(points.map(({ pointId }) => pointId));
});

test('I10: a chunk that did not change keeps its point, wherever it stands now', () => {
  const before = placeChunks(scope, documentId, index(1), [chunk(0, 'a'), chunk(1, 'b')]);
  const after = placeChunks(scope, documentId, index(1), [chunk(0, 'new'), chunk(1, 'a'), chunk(2, 'b')]);
  expect(after.points.slice(1).map(({ pointId }) => pointId)).toEqual(before.points.map(({ pointId }) => pointId));
});

test('U1: the windows of a long chunk belong to it, and its id is that of the first', () => {
  const { points, chunks } = placeChunks(scope, documentId, index(1), [chunk(0, 'first', 'second')]);
  expect(chunks).toHaveLength(1);
  expect(new Set(points.map(({ chunkId }) => chunkId))).toEqual(new Set([chunks[0]?.id]));
  expect(points).toHaveLength(2);
});

test('J13: the same text in a later index of the collection is another point', () => {
  const ids = [1, 2].map((number) => placeChunks(scope, documentId, index(number), [chunk(0, 'a')]).points[0]?.pointId);
  expect(new Set(ids).size).toBe(2);
});

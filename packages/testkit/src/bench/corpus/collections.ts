import { createHash } from 'node:crypto';
import {
  type Access,
  createCollection,
  type Database,
  documentSpaceOf,
  type IndexView,
  newId,
  type PlacedChunk,
  placeChunks,
  registerSpace,
  storedPointIdOf,
} from '@cairn/common';
import { BUILT_IN_MODEL, spaceOf } from '@cairn/models/catalogue';
import type { QdrantGateway } from '@cairn/retrieval';
import type { TestDatabase } from '../../system/test-database.js';
import { type CorpusPoint, CorpusWriter } from './corpus-writer.js';
import { type MadeText, MadeTexts } from './made-texts.js';
import { Progress } from './progress.js';
import { tidied } from './settled.js';
import { SUBJECT, type Tenant } from './tenants.js';
import { TextLikeVectors } from './text-like-vectors.js';

// What a collection has that is made without any settings.
const QUANTIZATION = 'float16';
export const DOCUMENT_SPACE = documentSpaceOf(spaceOf(BUILT_IN_MODEL), QUANTIZATION);
export const DOCUMENT_SPEC = { space: DOCUMENT_SPACE, dimension: BUILT_IN_MODEL.dimension, distance: 'Cosine', knobs: { storage: QUANTIZATION } } as const;

const CHUNKS_OF_A_DOCUMENT = 20;
const DOCUMENTS_AT_A_TIME = 50;

/** An organisation with one collection of documents. */
export interface CollectionTenant extends Tenant {
  collectionId: string;
  indexId: string;
}

export interface CollectionTarget {
  database: TestDatabase;
  gateway: QdrantGateway;
  log: (line: string) => void;
}

interface MadeDocument {
  id: string;
  /** Of the attempt that brought it in. */
  token: string;
  texts: MadeText[];
  chunks: PlacedChunk[];
  points: CorpusPoint[];
}

const OWNER = `WITH o AS (INSERT INTO organisations (id, name) VALUES ($1, 'bench')) INSERT INTO users (org_id, subject) VALUES ($1, $2) RETURNING id`;

const DOCUMENTS = `INSERT INTO documents (org_id, collection_id, id, external_id, file_name, mime_type, is_text, size_bytes, content_hash, status, indexed_at)
  SELECT $1, $2, d.id, 'document ' || d.id, 'document.txt', 'text/plain', true, d.size, d.hash, 'completed', now() FROM unnest($3::uuid[], $4::bigint[], $5::text[]) AS d(id, size, hash)`;

const MANIFESTS = `INSERT INTO manifests (org_id, index_id, gen, document_id, job_id, token, chunk_count, point_count, tokens, text_length)
  SELECT $1, $2, 1, d.id, gen_random_uuid(), d.token, d.chunks, d.chunks, d.words, d.size FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::int[], $7::int[]) AS d(id, token, chunks, words, size)`;

const CHUNKS = `INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens)
  SELECT $1, $2, c.document_id, c.number, c.id, c.text, c.start_at, c.end_at, c.tokens
  FROM unnest($3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::int[], $8::int[], $9::int[]) AS c(document_id, number, id, text, start_at, end_at, tokens)`;

/** Gives each organisation a collection of documents that are indexed: as many chunks as it is to have points, in the tables and the space that indexing fills. */
export async function seedCollections(target: CollectionTarget, tenants: readonly Tenant[]): Promise<CollectionTenant[]> {
  const { database, gateway, log } = target;
  const app = await database.as('app');
  await gateway.ensureSpace(DOCUMENT_SPEC);
  await registerSpace(await database.as('worker'), { name: DOCUMENT_SPACE, dimension: DOCUMENT_SPEC.dimension });
  const seeder = new CollectionSeeder(
    target,
    new Progress(
      log,
      'chunks',
      tenants.reduce((sum, { points }) => sum + points, 0),
    ),
  );
  const seeded: CollectionTenant[] = [];
  for (const tenant of tenants) {
    const collection = await makeCollection(database, app, tenant);
    await seeder.fill(collection);
    seeded.push(collection);
  }
  await seeder.done();
  await tidied(database, ['vectors', 'chunks', 'documents', 'manifests']);
  return seeded;
}

async function makeCollection(database: TestDatabase, app: Database, tenant: Tenant): Promise<CollectionTenant> {
  const { scope } = tenant;
  const [owner] = await database.sql<{ id: string }>(OWNER, [scope.orgId, SUBJECT]);
  const access: Access = { scope, userId: (owner as { id: string }).id };
  const id = newId();
  const about = { id, name: 'bench', description: '', type: 'documents', isPublic: false, autoMaintenance: false, metadata: {} } as const;
  const { indexId } = await app.tenant(scope, (sql) => createCollection(sql, access, { ...about, settings: settingsOf(id) }));
  return { ...tenant, collectionId: id, indexId };
}

function settingsOf(collectionId: string): Omit<IndexView, 'id' | 'number' | 'state'> {
  const cut = { chunkingStrategy: 'recursive', chunkSize: 512, chunkOverlap: 64, chunkingConfig: {}, embedContext: true, extractMetadata: false };
  return {
    model: BUILT_IN_MODEL.id,
    modelVer: BUILT_IN_MODEL.version,
    space: DOCUMENT_SPACE,
    quantization: QUANTIZATION,
    ...cut,
    storeName: `${collectionId}_bench`,
  };
}

class CollectionSeeder {
  private readonly texts = new MadeTexts(21);
  private readonly vectors = new TextLikeVectors(22, DOCUMENT_SPEC.dimension);
  private readonly writer: CorpusWriter;

  constructor(
    private readonly target: CollectionTarget,
    private readonly progress: Progress,
  ) {
    this.writer = new CorpusWriter(target.gateway, target.database);
  }

  async fill(collection: CollectionTenant): Promise<void> {
    const documents = Math.ceil(collection.points / CHUNKS_OF_A_DOCUMENT);
    for (let first = 0; first < documents; first += DOCUMENTS_AT_A_TIME) {
      const count = Math.min(DOCUMENTS_AT_A_TIME, documents - first);
      const made = Array.from({ length: count }, () => this.make(collection));
      await insertDocuments(this.target.database, collection, made);
      const points = made.flatMap((document) => document.points);
      await this.writer.write(collection.scope, DOCUMENT_SPACE, points);
      this.progress.add(points.length);
    }
  }

  done(): Promise<void> {
    return this.writer.done();
  }

  private make({ scope, collectionId, indexId }: CollectionTenant): MadeDocument {
    const [id, token] = [newId(), newId()];
    const texts = Array.from({ length: CHUNKS_OF_A_DOCUMENT }, () => this.texts.next());
    let start = 0;
    const cut = texts.map(({ text, words }, index) => {
      const end = start + text.length;
      const chunk = { index, text, start, end, tokens: words, windows: [text] };
      start = end + 1;
      return chunk;
    });
    const index: IndexView = { id: indexId, number: 1, state: 'serving', ...settingsOf(collectionId) };
    const { chunks, points } = placeChunks(scope, id, index, cut);
    const made = points.map(({ pointId, segmentId }, at): CorpusPoint => {
      const { text, terms } = texts[at] as MadeText;
      const facts = { point_id: pointId, asset_id: id, segment_id: segmentId, model: index.model, model_ver: index.modelVer, index_id: indexId, token };
      const textHash = createHash('sha256').update(text).digest();
      return { id: storedPointIdOf(pointId, token), vector: this.vectors.next(), terms, payload: facts, textHash, language: 'en' };
    });
    return { id, token, texts, chunks, points: made };
  }
}

async function insertDocuments({ sql }: TestDatabase, { scope, collectionId, indexId }: CollectionTenant, documents: readonly MadeDocument[]): Promise<void> {
  const ids = documents.map(({ id }) => id);
  const sizes = documents.map(({ chunks }) => chunks.at(-1)?.end ?? 0);
  const hashes = ids.map((id) => createHash('sha256').update(id).digest('hex'));
  const words = documents.map(({ texts }) => texts.reduce((sum, text) => sum + text.words, 0));
  await sql(DOCUMENTS, [scope.orgId, collectionId, ids, sizes, hashes]);
  const tokens = documents.map(({ token }) => token);
  const counts = documents.map(({ chunks }) => chunks.length);
  await sql(MANIFESTS, [scope.orgId, indexId, ids, tokens, counts, words, sizes]);
  const chunks = documents.flatMap(({ id, chunks: own }) => own.map((chunk) => ({ documentId: id, ...chunk })));
  await sql(CHUNKS, [
    scope.orgId,
    indexId,
    chunks.map(({ documentId }) => documentId),
    chunks.map(({ index }) => index),
    chunks.map(({ id }) => id),
    chunks.map(({ text }) => text),
    chunks.map(({ start }) => start),
    chunks.map(({ end }) => end),
    chunks.map(({ tokens: count }) => count),
  ]);
}

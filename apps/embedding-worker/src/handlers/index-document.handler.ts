import {
  activateDocument,
  type BlobStore,
  type ChunkPoint,
  type CutChunk,
  contentGone,
  type Database,
  type DocumentTask,
  faultPoint,
  holdForActivation,
  holdJob,
  type JobId,
  PermanentJobError,
  type PlacedChunk,
  placeChunks,
  readDocumentTask,
  readPendingVectors,
  type Sql,
  stageChunkPoints,
  supersede,
} from '@cairn/common';
import type { ChunkingStrategy, Extracted } from '@cairn/ingest/prepare';
import type { ChunkingSettings } from '../documents/chunking-settings.js';
import type { DocumentPreparer, PreparedText } from '../documents/document-preparer.js';
import type { DocumentSpaces } from '../documents/document-spaces.js';
import type { Made, VectorMaker } from '../embedding/vector-maker.js';
import type { JobContext, JobHandler, JobOutcome, JobResult } from '../jobs/job-handler.js';
import { makeVisible } from './embed.handler.js';

/** More would be a list of rows that no one statement should write. */
const MAX_CHUNKS = 100_000;

interface Cut {
  parsed: PreparedText;
  chunks: PlacedChunk[];
  points: ChunkPoint[];
  /** Null where nobody asked for it. */
  extracted: Extracted | null;
}

/** Brings a document as it is now into one index of its collection, and makes the new version visible all at once. */
export class IndexDocumentHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly maker: VectorMaker,
    private readonly spaces: DocumentSpaces,
    private readonly preparer: DocumentPreparer,
    private readonly blobs: BlobStore,
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease } = context;
    const { document_id, index_id } = lease.payload as { document_id: string; index_id: string };
    const task = await this.database.tenant(scope, (sql) => readDocumentTask(sql, scope, document_id, index_id));
    // Deleted meanwhile, or another job was faster with the same version.
    if (task === undefined) return { kind: 'commit', commit: (sql) => this.supersede(sql, context, document_id) };
    await this.spaces.ensure(task.index);
    const cut = await this.cut(context, task);
    faultPoint('W3');
    const pending = await this.database.tenant(scope, async (sql) => {
      await stageChunkPoints(sql, scope, lease, task, cut.points);
      return readPendingVectors(sql, scope, lease.jobId as JobId);
    });
    const made = await this.maker.makeAll(context, pending);
    return { kind: 'commit', commit: (sql) => this.commit(sql, context, { task, cut, made }) };
  }

  private async cut(context: JobContext, task: DocumentTask): Promise<Cut> {
    const { index, title, documentId } = task;
    const settings = settingsOf(task);
    const parsed = await this.preparer.parse(await this.contentOf(context, task), settings, context.signal);
    const extracted = task.extractsMetadata ? await this.preparer.extract(parsed, context.signal) : null;
    const chunks: CutChunk[] = [];
    for await (const slice of this.preparer.chunks(parsed, { title: title ?? parsed.title, settings }, context.signal)) {
      chunks.push(...slice);
      if (chunks.length > MAX_CHUNKS)
        throw new PermanentJobError('too_many_chunks', `The document has more than ${MAX_CHUNKS} chunks. Split it, or choose a larger chunk_size.`);
    }
    return { parsed, extracted, ...placeChunks(context.scope, documentId, index, chunks) };
  }

  private async contentOf({ scope }: JobContext, { content, fileName, mimeType, isText }: DocumentTask) {
    const bytes = content.bytes ?? (await this.blobs.read(scope, content.hash).catch(() => undefined));
    if (bytes === undefined) throw contentGone();
    const type = mimeType === null ? {} : { mimeType };
    return isText ? { text: bytes.toString('utf8'), ...type } : { bytes, fileName, ...type };
  }

  private async commit(sql: Sql, context: JobContext, { task, cut, made }: { task: DocumentTask; cut: Cut; made: Made[] }): Promise<JobResult> {
    const { scope, lease } = context;
    const { documentId } = task;
    const held = await holdForActivation(sql, scope, lease, task);
    if (held === undefined) return this.supersede(sql, context, documentId);
    if (made.length > 0) await makeVisible(sql, context, made);
    const { parsed, extracted, chunks, points } = cut;
    const facts = {
      ...parsed.metadata,
      ...(parsed.title ? { title: parsed.title } : {}),
      ...(parsed.warnings.length > 0 ? { warnings: parsed.warnings } : {}),
    };
    await activateDocument(sql, scope, lease, task, { chunks, points, facts, extracted, mimeType: parsed.mimeType, textLength: parsed.text.length }, held);
    return { document_id: documentId, index_id: task.index.id, chunks: chunks.length, embedded: made.length, completed_at: new Date().toISOString() };
  }

  private async supersede(sql: Sql, { scope, lease }: JobContext, documentId: string): Promise<JobResult> {
    await holdJob(sql, scope, lease);
    await supersede(sql, scope, lease, documentId);
    return { document_id: documentId, superseded: true };
  }
}

function settingsOf({ index, reading }: DocumentTask): ChunkingSettings {
  const { model, chunkingStrategy, chunkSize, chunkOverlap, chunkingConfig, embedContext } = index;
  const languages = Array.isArray(reading.languages) ? { languages: reading.languages.map(String) } : {};
  return {
    model,
    strategy: chunkingStrategy as ChunkingStrategy,
    chunkSize,
    chunkOverlap,
    config: chunkingConfig,
    embedContext,
    ocr: reading.ocr_enabled === true,
    ...languages,
  };
}

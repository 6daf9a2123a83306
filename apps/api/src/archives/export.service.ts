import { Readable } from 'node:stream';
import {
  type Access,
  appendAudit,
  type BlobStore,
  type CollectionView,
  currentContext,
  type Database,
  type DocumentToArchive,
  documentsToArchive,
  readBlob,
  readCollection,
} from '@cairn/common';
import type { ArchivedDocumentDto } from './archive.dto.js';
import { LineSpool } from './line-spool.js';
import { type ArchiveSource, writeArchive } from './write-archive.js';

/** Writes a collection down, for another place or another time. */
export class ExportService {
  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
  ) {}

  /**
   * The archive of a collection as it is now, made as it is taken. What is in it is decided in one snapshot, which is not held while the caller reads.
   * Where a content is removed before it was its turn, the stream breaks off, and its last line is missing.
   */
  async export(access: Access, id: string): Promise<Readable> {
    const spool = await LineSpool.open();
    try {
      const head = await this.list(access, id, spool);
      await this.record(access, id);
      const archive = writeArchive({ head, documents: documentsOf(spool), contentOf: (hash) => this.contentOf(access, hash) });
      // Not by the generator: one that nobody read from never comes to its end.
      return Readable.from(archive, { objectMode: false }).on('close', () => void spool.close().catch(() => undefined));
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  private list({ scope, ...access }: Access, id: string, spool: LineSpool): Promise<ArchiveSource['head']> {
    return this.database.tenantSnapshot(scope, async (sql) => {
      const head = headOf(await readCollection(sql, { scope, ...access }, id));
      for await (const document of documentsToArchive(sql, scope, id)) await spool.write(JSON.stringify(archived(document)));
      return head;
    });
  }

  /** Before the first byte is sent: what was taken is in the log, also where the caller goes. */
  private record({ scope }: Access, id: string): Promise<void> {
    const correlationId = currentContext()?.correlationId ?? '';
    return this.database.tenant(scope, (sql) => appendAudit(sql, scope, { action: 'GET /collections/{id}/export', thing: id, correlationId }));
  }

  private async contentOf({ scope }: Access, hash: string): Promise<AsyncIterable<Buffer> | Buffer[]> {
    const blob = await this.database.tenant(scope, (sql) => readBlob(sql, scope, hash));
    return blob?.bytes ? [blob.bytes] : this.blobs.open(scope, hash);
  }
}

async function* documentsOf(spool: LineSpool): AsyncGenerator<ArchivedDocumentDto> {
  for await (const line of spool.read()) yield JSON.parse(line);
}

function headOf({ name, description, type, isPublic, autoMaintenance, metadata, index }: CollectionView): ArchiveSource['head'] {
  return {
    name,
    description,
    type,
    is_public: isPublic,
    auto_maintenance: autoMaintenance,
    metadata,
    embedding_model: index.model,
    quantization: index.quantization,
    chunk_size: index.chunkSize,
    chunk_overlap: index.chunkOverlap,
    chunking_strategy: index.chunkingStrategy,
    chunking_config: index.chunkingConfig,
    embed_context: index.embedContext,
    extract_metadata: index.extractMetadata,
  };
}

function archived(document: DocumentToArchive): ArchivedDocumentDto & { created_at: Date } {
  return {
    id: document.id,
    external_id: document.externalId,
    file_name: document.fileName,
    file_path: document.filePath ?? undefined,
    title: document.title ?? undefined,
    mime_type: document.mimeType ?? undefined,
    is_text: document.isText,
    size_bytes: document.size,
    content_hash: document.contentHash,
    metadata: document.metadata,
    created_at: document.createdAt,
  };
}

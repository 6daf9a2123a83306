import {
  type BlobStore,
  CairnError,
  freeDocumentIds,
  type Hints,
  inParts,
  limits,
  type ModelDirectory,
  type NewDocument,
  newId,
  readCollection,
  type Sql,
  storeBlobs,
  type Upload,
  validatorOf,
  writeDocuments,
} from '@cairn/common';
import { collectionAnswer } from '../collections/collection-answer.js';
import type { CollectionTasks } from '../collections/collection-tasks.js';
import { indexSettingsOf } from '../collections/index-settings.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { ImportCollectionDto } from './archive.dto.js';
import { type Archive, type ArchiveLimits, type ReadDocument, readArchive } from './read-archive.js';

type Form = Extract<Upload<never>, { kind: 'form' }>;

// A line is parsed in one go, and documents are kept until all of them are there: more would hold up others, or take their memory.
const LIMITS: ArchiveLimits = { documents: 100_000, lineBytes: 1_000_000, documentsBytes: 50_000_000 };
const IN_ONE_STATEMENT = { items: 1_000, size: 1_000_000, sizeOf: ({ metadataJson }: ReadDocument) => metadataJson.length };

/** Makes a collection of what was written down of one. */
export class ImportService {
  constructor(
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly blobs: BlobStore,
    private readonly models: ModelDirectory,
    private readonly tasks: CollectionTasks,
  ) {}

  /** Nothing is there of it until all of it was read, and then all of it. Ids of documents are kept where they are free. */
  async import(request: WriteRequest, form: Form): Promise<object> {
    const archive = await this.receive(request, form);
    const { name = archive.head.name } = checkedFields(form);
    const id = newId();
    const settings = await indexSettingsOf(archive.head, { collectionId: id, models: this.models });
    const once = { ...request, content: [request.content, archive.seal, name] };
    const answer = await this.writes.transaction(once, 201, async (sql) => {
      const { description = '', type = 'mixed', is_public: isPublic = false, auto_maintenance: autoMaintenance = false, metadata = {} } = archive.head;
      const made = await this.tasks.make(sql, request, { id, name, description, type, isPublic, autoMaintenance, metadata, settings });
      const { documentIds, kept } = await this.fill(sql, request, id, archive);
      const filling = await this.tasks.fill(sql, request, { collectionId: id, indexId: made.indexId, documentIds, config: { imported: true } });
      const collection = collectionAnswer(await readCollection(sql, request.access, id));
      return { ...collection, initial_operation_id: made.operationId, operation_id: filling, document_ids_kept: kept };
    });
    this.hints.announceJobs(request.scope.orgId);
    return answer;
  }

  /** Of several files the first counts. The form is gone through to its end, where its fields may be. */
  private async receive({ scope }: WriteRequest, { files }: Form): Promise<Archive> {
    const { uploadBytes: maxBytes } = limits();
    let archive: Archive | undefined;
    for await (const { fieldName, stream } of files)
      if (fieldName === 'file' && archive === undefined) archive = await readArchive(stream, LIMITS, (content) => this.blobs.put(scope, content, { maxBytes }));
    if (archive === undefined) throw noFile();
    return archive;
  }

  private async fill(sql: Sql, { scope }: WriteRequest, collectionId: string, { documents }: Archive): Promise<{ documentIds: string[]; kept: number }> {
    const free = await freeDocumentIds(
      sql,
      scope,
      documents.map(({ id }) => id.toLowerCase()),
    );
    const documentIds: string[] = [];
    for (const part of inParts(documents, IN_ONE_STATEMENT)) {
      const blobs = part.map(({ content_hash: hash, size_bytes: size }) => ({ hash, size }));
      await storeBlobs(sql, scope, blobs, this.blobs);
      const written = await writeDocuments(
        sql,
        { scope },
        collectionId,
        part.map((document) => newDocument(document, free)),
      );
      documentIds.push(...written.map(({ id }) => id));
    }
    return { documentIds, kept: free.size };
  }
}

function newDocument(document: ReadDocument, free: ReadonlySet<string>): NewDocument {
  const id = document.id.toLowerCase();
  return {
    id: free.has(id) ? id : undefined,
    externalId: document.external_id,
    fileName: document.file_name,
    filePath: document.file_path,
    title: document.title,
    mimeType: document.mime_type,
    isText: document.is_text,
    size: document.size_bytes,
    contentHash: document.content_hash,
    metadata: JSON.parse(document.metadataJson),
  };
}

let checkFields: ReturnType<typeof validatorOf<ImportCollectionDto>> | undefined;

function checkedFields({ fields }: Form): ImportCollectionDto {
  checkFields ??= validatorOf(ImportCollectionDto, { from: 'body' });
  return checkFields({ ...fields });
}

export function noFile(): CairnError {
  return new CairnError('invalid_input', 'The form has no archive. Send what an export gave as the field file.', {
    errors: [{ path: 'file', message: 'is missing' }],
  });
}

import { createHash } from 'node:crypto';
import {
  type Access,
  acceptDocuments,
  type BlobStore,
  type BlobToStore,
  beginOperation,
  CairnError,
  type ChunkView,
  collectionIdOf,
  type Database,
  type DocumentChange,
  deleteDocuments,
  type HeldDocument,
  type Hints,
  indexesInUse,
  indexingStatus,
  limits,
  listChunks,
  listDocuments,
  type NewDocument,
  parseFilter,
  patchDocument,
  readBlob,
  readCollection,
  readDocument,
  readLedger,
  readManifest,
  type Sql,
  shareCollection,
  startIndexing,
  storeBlobs,
  type Upload,
  validatorOf,
} from '@cairn/common';
import { said } from '../chunking/chunking-plan.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { acceptedAnswer, chunkAnswer, documentAnswer, ledgerAnswer } from './document-answer.js';
import {
  FormFieldsDto,
  type ListChunksDto,
  type ListDocumentsDto,
  type PatchDocumentDto,
  type ReplaceDocumentDto,
  type TextDocumentDto,
} from './documents.dto.js';

const PER_PAGE = 50;
const CHUNKS_PER_PAGE = 100;
const FILE_FIELDS: ReadonlySet<string> = new Set(['file', 'files', 'file[]', 'files[]']);
/** What is said of a content only. */
const OF_CONTENT = ['text', 'file_name', 'mime_type', 'external_id'];
/** What clients send who do not know. */
const UNKNOWN_TYPE = 'application/octet-stream';

type Form = Extract<Upload<never>, { kind: 'form' }>;

/** A document whose content is known and, where it is large, stored. */
interface Incoming {
  document: NewDocument;
  blob: BlobToStore;
}

/** A document's content, to be sent. */
export interface Content {
  bytes: Buffer | undefined;
  hash: string;
  size: number;
  mimeType: string;
  fileName: string;
}

export class DocumentsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    readonly blobs: BlobStore,
    private readonly options: { maxAttempts: number },
  ) {}

  addTexts(request: WriteRequest, collectionId: string, documents: TextDocumentDto[]): Promise<object> {
    return this.add(request, collectionId, documents.map(textDocument));
  }

  async add(request: WriteRequest, collectionId: string, incoming: Incoming[]): Promise<object> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      const accepted = await this.accept(sql, request, collectionId, incoming);
      return { operation_id: accepted.operationId, documents: accepted.documents.map(acceptedAnswer) };
    });
    this.accepted(request);
    return answer;
  }

  /** Files are stored as they arrive, and become documents together when all of them are there. */
  async addFiles(request: WriteRequest, collectionId: string, form: Form): Promise<object> {
    await this.database.tenant(request.scope, (sql) => readCollection(sql, request.access, collectionId, 'write')); // before bytes are taken in
    const incoming = await this.receive(request, form);
    if (incoming.length === 0) throw wrongFiles('The form has no file. Send files as the field file, repeated for each.');
    return this.add(withContent(request, incoming, form), collectionId, incoming);
  }

  /** What is said of a document takes the place of what it was; with a text its content, too. */
  async replaceByText(request: WriteRequest, id: string, { text, ...fields }: ReplaceDocumentDto): Promise<object> {
    if (text === undefined) {
      assertDescribes(fields, 'text');
      return this.describe(request, id, fields);
    }
    return this.replace(request, id, ({ fileName, isText, mimeType }) => {
      const kept = { file_name: fileName, ...(isText && mimeType !== null ? { mime_type: mimeType } : {}) };
      return textDocument({ ...kept, ...said(fields), text });
    });
  }

  /** The same as a form, with a file or without. */
  async replaceByFile(request: WriteRequest, id: string, form: Form): Promise<object> {
    await this.database.tenant(request.scope, (sql) => readDocument(sql, request.access, id, 'write'));
    const incoming = await this.receive(request, form);
    const [one, ...others] = incoming;
    if (others.length > 0) throw wrongFiles('A document is replaced by one file; send one as the field file.');
    const known = withContent(request, incoming, form);
    if (one !== undefined) return this.replace(known, id, () => one);
    assertDescribes(form.fields, 'file');
    return this.describe(known, id, saidOf(form.fields, 0));
  }

  /** Metadata is read by searches at once; a title is embedded, so its document is indexed again while the old version is found. */
  async patch(request: WriteRequest, id: string, dto: PatchDocumentDto): Promise<object> {
    const answer = await this.writes.transaction(request, 200, async (sql) => {
      await this.change(sql, request, id, dto);
      return documentAnswer(await readDocument(sql, request.access, id));
    });
    this.accepted(request);
    return answer;
  }

  async remove(request: WriteRequest, id: string): Promise<void> {
    await this.writes.transaction(request, 204, async (sql) => {
      await readDocument(sql, request.access, id, 'write');
      await deleteDocuments(sql, request.scope, [id]);
    });
  }

  async read(access: Access, id: string): Promise<object> {
    return documentAnswer(await this.database.tenant(access.scope, (sql) => readDocument(sql, access, id)));
  }

  async list(access: Access, collectionId: string, { page = 1, per_page: perPage = PER_PAGE, filter, ...wanted }: ListDocumentsDto): Promise<object> {
    const query = {
      ...wanted,
      filter: filter === undefined ? undefined : parseFilter(parsed('filter', filter), 'filter'),
      limit: perPage,
      offset: (page - 1) * perPage,
    };
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      await readCollection(sql, access, collectionId);
      const { documents, total } = await listDocuments(sql, access.scope, collectionId, query);
      return { documents: documents.map(documentAnswer), total, page, per_page: perPage };
    });
  }

  chunks(access: Access, id: string, page: ListChunksDto): Promise<object> {
    return this.paged(access, id, page, async (sql, document, slice) => {
      const chunks: ChunkView[] = await listChunks(sql, access.scope, document, slice);
      return { document_id: id, chunks: chunks.map(chunkAnswer), total: document.chunkCount };
    });
  }

  ledger(access: Access, id: string, page: ListChunksDto): Promise<object> {
    return this.paged(access, id, page, async (sql, document, slice) => {
      const manifest = await readManifest(sql, access.scope, document);
      const points = await readLedger(sql, access.scope, document, slice);
      return {
        document_id: id,
        collection_id: document.collectionId,
        index_id: document.servingIndexId,
        generation: manifest?.generation ?? null,
        activated_at: manifest?.activatedAt ?? null,
        job_id: manifest?.jobId ?? null,
        chunk_count: document.chunkCount,
        points: points.map(ledgerAnswer),
        total: manifest?.pointCount ?? 0,
      };
    });
  }

  async content(access: Access, id: string): Promise<Content> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const { contentHash: hash, mimeType, fileName, sizeBytes: size } = await readDocument(sql, access, id);
      const blob = await readBlob(sql, access.scope, hash);
      return { bytes: blob?.bytes, hash, size, mimeType: mimeType ?? 'application/octet-stream', fileName };
    });
  }

  async indexingStatus(access: Access, collection: string): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const collectionId = await collectionIdOf(sql, access, collection);
      await readCollection(sql, access, collectionId);
      const { indexed, unindexed } = await indexingStatus(sql, access.scope, collectionId);
      const all = indexed + unindexed;
      return { indexed, unindexed, progress_percent: all === 0 ? 100 : Math.floor((indexed * 100) / all) };
    });
  }

  /** The content of a document gets another one; the old one is found until the new one is ready. */
  private async replace(request: WriteRequest, id: string, incomingFor: (old: HeldDocument) => Incoming): Promise<object> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      const old = await readDocument(sql, request.access, id, 'write');
      const { document, blob } = incomingFor(old);
      const title = document.title ?? old.ownTitle ?? undefined;
      const kept = { externalId: old.externalId, sourceId: old.sourceId ?? undefined, title, metadata: document.metadata ?? old.metadata };
      const { operationId } = await this.accept(sql, request, old.collectionId, [{ document: { ...document, ...kept }, blob }]);
      return { operation_id: operationId, ...documentAnswer(await readDocument(sql, request.access, id)) };
    });
    this.accepted(request);
    return answer;
  }

  /** Changes what is said of a document, and answers as if its content had been replaced. */
  private async describe(request: WriteRequest, id: string, change: DocumentChange): Promise<object> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      const operationId = await this.change(sql, request, id, change);
      return { operation_id: operationId ?? null, ...documentAnswer(await readDocument(sql, request.access, id)) };
    });
    this.accepted(request);
    return answer;
  }

  /** Answers the operation that indexes the document again, where that is needed. */
  private async change(sql: Sql, request: WriteRequest, id: string, change: DocumentChange): Promise<string | undefined> {
    const { collectionId, ownTitle } = await readDocument(sql, request.access, id, 'write');
    await shareCollection(sql, request.access, collectionId, 'write');
    const indexes = (await indexesInUse(sql, request.access, collectionId)).filter(({ embedContext }) => embedContext);
    const isToBeIndexed = change.title !== undefined && change.title !== ownTitle && indexes.length > 0;
    await patchDocument(sql, request.scope, id, change, isToBeIndexed);
    if (!isToBeIndexed) return undefined;
    const operationId = await beginOperation(sql, request.scope, { collectionId, type: 'append', total: indexes.length, jobs: indexes.length });
    await startIndexing(sql, request.access, { operationId, indexes, documentIds: [id] }, this.jobsOf(request));
    return operationId;
  }

  private async receive({ scope }: WriteRequest, { files, fields }: Form): Promise<Incoming[]> {
    const incoming: Incoming[] = [];
    let isOtherThere = false;
    for await (const { fieldName, fileName, mimeType, stream } of files) {
      if (!FILE_FIELDS.has(fieldName)) {
        isOtherThere = true;
        continue;
      }
      const { hash, size } = await this.blobs.put(scope, stream, { maxBytes: limits().uploadBytes });
      const document = { fileName, mimeType: mimeType === UNKNOWN_TYPE ? undefined : mimeType, size, contentHash: hash };
      incoming.push({ document, blob: { hash, size } });
    }
    if (isOtherThere && incoming.length === 0)
      throw wrongFiles('The form has a file, but not as the field file, and no other is read. Send it as the field file.');
    const said = saidOf(fields, incoming.length);
    return incoming.map(({ document, blob }) => ({ document: { ...document, ...said }, blob }));
  }

  private async accept(sql: Sql, request: WriteRequest, collectionId: string, incoming: Incoming[]) {
    await shareCollection(sql, request.access, collectionId, 'write'); // before contents, which others wait for, of whatever collection
    await storeBlobs(
      sql,
      request.scope,
      incoming.map(({ blob }) => blob),
      this.blobs,
    );
    return acceptDocuments(
      sql,
      request.access,
      collectionId,
      incoming.map(({ document }) => document),
      this.jobsOf(request),
    );
  }

  private jobsOf({ correlationId, traceparent }: WriteRequest) {
    return { maxAttempts: this.options.maxAttempts, correlationId, traceparent };
  }

  private paged(
    access: Access,
    id: string,
    { page = 1, per_page: perPage = CHUNKS_PER_PAGE }: ListChunksDto,
    read: (sql: Sql, document: HeldDocument, slice: { limit: number; offset: number }) => Promise<object>,
  ): Promise<object> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const document = await readDocument(sql, access, id);
      return { ...(await read(sql, document, { limit: perPage, offset: (page - 1) * perPage })), page, per_page: perPage };
    });
  }

  private accepted({ scope }: WriteRequest): void {
    this.hints.announceJobs(scope.orgId);
  }
}

/** What makes it the same request again, for a form: its files and fields. */
function withContent(request: WriteRequest, incoming: Incoming[], { fields }: Form): WriteRequest {
  return { ...request, content: [request.content, incoming.map(({ document }) => [document.fileName, document.contentHash]), { ...fields }] };
}

/** What the fields of a form say of its files. */
function saidOf({ metadata, title, external_id: externalId }: Record<string, string>, files: number): Pick<NewDocument, 'metadata' | 'title' | 'externalId'> {
  if (files > 1 && (title !== undefined || externalId !== undefined)) throw wrongFiles('title and external_id can be said of one file only.');
  return validFields({ metadata: metadata === undefined ? undefined : parsed('metadata', metadata), title, externalId });
}

function validFields(fields: { metadata: unknown; title: string | undefined; externalId: string | undefined }) {
  checkFields ??= validatorOf(FormFieldsDto, { from: 'body' });
  const { metadata, title, external_id: externalId } = checkFields({ ...fields, external_id: fields.externalId }) as FormFieldsDto;
  return { metadata, title, externalId };
}

let checkFields: ReturnType<typeof validatorOf<FormFieldsDto>> | undefined;

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CairnError('invalid_input', `${path} must be JSON.`, { errors: [{ path, message: 'must be JSON' }] });
  }
}

function wrongFiles(detail: string): CairnError {
  return new CairnError('invalid_input', detail, { errors: [{ path: 'file', message: detail }] });
}

/** Throws where a content was meant to be replaced, and none came. */
function assertDescribes(fields: object, content: 'text' | 'file'): void {
  const isSaid = (name: string) => Reflect.get(fields, name) !== undefined;
  const refused = OF_CONTENT.filter(isSaid);
  const message = `is not changed without a content; send it with a ${content}, or leave it out`;
  if (refused.length > 0) throw new CairnError('invalid_input', `${refused.join(', ')} ${message}.`, { errors: refused.map((path) => ({ path, message })) });
  if (isSaid('title') || isSaid('metadata')) return;
  const detail = `Nothing was sent that replaces anything. Send a ${content}, a title or metadata.`;
  throw new CairnError('invalid_input', detail, { errors: [{ path: content, message: detail }] });
}

/** A text becomes a document whose content is the text. */
function textDocument(dto: TextDocumentDto): Incoming {
  const bytes = Buffer.from(dto.text, 'utf8');
  const contentHash = createHash('sha256').update(bytes).digest('hex');
  const { external_id: externalId, title, mime_type: mimeType = 'text/plain', metadata } = dto;
  const fileName = dto.file_name ?? title ?? externalId ?? 'untitled';
  return {
    document: { externalId, fileName, title, mimeType, isText: true, size: bytes.length, contentHash, metadata },
    blob: { hash: contentHash, size: bytes.length, bytes },
  };
}

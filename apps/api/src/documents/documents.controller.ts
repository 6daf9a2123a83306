import {
  type Access,
  CallerAccess,
  Endpoint,
  FromBody,
  FromQuery,
  FromUpload,
  IdFromPath,
  READ_COLLECTION,
  type Upload,
  WRITE_COLLECTION,
} from '@cairn/common';
import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OPERATION_ANSWER } from '../operations/operations.schema.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { DeleteDocumentsService } from './delete-documents.service.js';
import {
  AddDocumentsDto,
  DeleteDocumentsDto,
  IndexingStatusDto,
  ListChunksDto,
  ListDocumentsDto,
  PatchDocumentDto,
  ReplaceDocumentDto,
} from './documents.dto.js';
import {
  ACCEPTED_ANSWER,
  CHUNKS_ANSWER,
  DELETION_COUNT_ANSWER,
  DOCUMENT_ANSWER,
  DOCUMENT_LIST_ANSWER,
  INDEXING_ANSWER,
  LEDGER_ANSWER,
  REPLACED_ANSWER,
} from './documents.schema.js';
import { DocumentsService } from './documents.service.js';
import { sendContent } from './send-content.js';

const TAG = 'Documents';

@Controller()
export class DocumentsController {
  constructor(
    private readonly documents: DocumentsService,
    private readonly deletions: DeleteDocumentsService,
  ) {}

  @Endpoint(['POST /api/v2/collections/{id}/documents', 'POST /collections/{id}/documents'], {
    summary: 'Add documents to a collection, or replace those with the same external ids.',
    description:
      'As JSON, or as a form with files (`file`, repeated) and `metadata` as JSON text, which is said of each of them. What did not change costs nothing. A document that cannot be read fails alone, with its error.',
    permission: WRITE_COLLECTION,
    rate: 'uploads',
    answers: { 202: ACCEPTED_ANSWER },
    errors: ['forbidden', 'too_large', 'quota_exceeded', 'rate_limited', 'conflict', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromUpload(AddDocumentsDto) upload: Upload<AddDocumentsDto>) {
    return upload.kind === 'json' ? this.documents.addTexts(write, id, upload.body.documents) : this.documents.addFiles(write, id, upload);
  }

  @Endpoint(['GET /api/v2/collections/{id}/documents', 'GET /collections/{id}/documents'], {
    summary: 'The documents of a collection, oldest first.',
    description: '`filter` is that of searches, as JSON in the address.',
    permission: READ_COLLECTION,
    answers: { 200: DOCUMENT_LIST_ANSWER },
    errors: ['invalid_filter'],
    tag: TAG,
  })
  list(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string, @FromQuery() query: ListDocumentsDto) {
    return this.documents.list(access, id, query);
  }

  @Endpoint('POST /api/v2/collections/{id}/documents/delete', {
    summary: 'Delete documents of a collection: those that a filter takes, those with these ids, or all.',
    description:
      'An operation deletes them, as `DELETE` does each; its `result` counts those that matched when it was asked for, and those that are deleted. Documents that are sent after it stay. With `dry_run` nothing is deleted, and the answer says how many match.',
    permission: WRITE_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: DELETION_COUNT_ANSWER, 202: OPERATION_ANSWER },
    errors: ['forbidden', 'invalid_filter', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  async deleteMany(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: DeleteDocumentsDto, @Res() reply: FastifyReply) {
    if (dto.dry_run) await reply.status(200).send(await this.deletions.count(write, id, dto));
    else await reply.status(202).send(await this.deletions.delete(write, id, dto));
  }

  // Before the routes with an id, which is what `indexing-status` would be taken for.
  @Endpoint('GET /documents/indexing-status', {
    summary: 'How many documents of a collection are indexed.',
    permission: READ_COLLECTION,
    answers: { 200: INDEXING_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  status(@CallerAccess() access: Access, @FromQuery() query: IndexingStatusDto) {
    return this.documents.indexingStatus(access, query.collection_id);
  }

  @Endpoint(['GET /api/v2/collections/{id}/indexing-status', 'GET /collections/{id}/indexing-status', 'GET /collection-stats/{id}/indexing-status'], {
    summary: 'How much of a collection is indexed.',
    permission: READ_COLLECTION,
    answers: { 200: INDEXING_ANSWER },
    tag: TAG,
  })
  statusOfCollection(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.documents.indexingStatus(access, id);
  }

  @Endpoint(['GET /api/v2/documents/{id}', 'GET /documents/{id}'], {
    summary: 'A document.',
    permission: READ_COLLECTION,
    answers: { 200: DOCUMENT_ANSWER },
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'document') id: string) {
    return this.documents.read(access, id);
  }

  @Endpoint(['GET /api/v2/documents/{id}/chunks', 'GET /documents/{id}/chunks'], {
    summary: 'What a document was cut into, as searches see it.',
    permission: READ_COLLECTION,
    answers: { 200: CHUNKS_ANSWER },
    tag: TAG,
  })
  chunks(@CallerAccess() access: Access, @IdFromPath('id', 'document') id: string, @FromQuery() query: ListChunksDto) {
    return this.documents.chunks(access, id, query);
  }

  @Endpoint(['GET /api/v2/documents/{id}/ledger', 'GET /documents/{id}/ledger'], {
    summary: 'Which attempt of which job made each live point of a document.',
    permission: READ_COLLECTION,
    answers: { 200: LEDGER_ANSWER },
    tag: TAG,
  })
  ledger(@CallerAccess() access: Access, @IdFromPath('id', 'document') id: string, @FromQuery() query: ListChunksDto) {
    return this.documents.ledger(access, id, query);
  }

  @Endpoint(['GET /api/v2/documents/{id}/content', 'GET /documents/{id}/content'], {
    summary: 'The content of a document as it was sent, byte for byte.',
    permission: READ_COLLECTION,
    answers: { 200: 'The bytes, as an attachment.' },
    tag: TAG,
  })
  async content(@CallerAccess() access: Access, @IdFromPath('id', 'document') id: string, @Res() reply: FastifyReply) {
    await sendContent(reply, await this.documents.content(access, id), (hash) => this.documents.blobs.open(access.scope, hash));
  }

  @Endpoint(['PUT /api/v2/documents/{id}', 'PUT /documents/{id}'], {
    summary: 'Replace the content of a document, its title or its metadata.',
    description:
      'As JSON, or as a form with one file. The old content is found until the new one is ready. What is left out stays as it is; without a text or a file it is a PATCH, of a title or metadata. `operation_id` is null where nothing has to be indexed.',
    permission: WRITE_COLLECTION,
    rate: 'uploads',
    answers: { 202: REPLACED_ANSWER },
    errors: ['forbidden', 'too_large', 'quota_exceeded', 'rate_limited'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  replace(@Write() write: WriteRequest, @IdFromPath('id', 'document') id: string, @FromUpload(ReplaceDocumentDto) upload: Upload<ReplaceDocumentDto>) {
    return upload.kind === 'json' ? this.documents.replaceByText(write, id, upload.body) : this.documents.replaceByFile(write, id, upload);
  }

  @Endpoint(['PATCH /api/v2/documents/{id}', 'PATCH /documents/{id}'], {
    summary: 'Change the title or the metadata of a document.',
    permission: WRITE_COLLECTION,
    answers: { 200: DOCUMENT_ANSWER },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  patch(@Write() write: WriteRequest, @IdFromPath('id', 'document') id: string, @FromBody() dto: PatchDocumentDto) {
    return this.documents.patch(write, id, dto);
  }

  @Endpoint(['DELETE /api/v2/documents/{id}', 'DELETE /documents/{id}'], {
    summary: 'Delete a document.',
    description: 'Nothing of it is found from the answer on. `Location` is where it is said what is left of it.',
    permission: WRITE_COLLECTION,
    answers: { 204: 'It is deleted.' },
    errors: ['forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  async remove(@Write() write: WriteRequest, @IdFromPath('id', 'document') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.documents.remove(write, id);
    void reply.header('location', `/api/v2/documents/${id}/deletion`);
  }
}

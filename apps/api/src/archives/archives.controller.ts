import { type Access, CallerAccess, Endpoint, FromUpload, IdFromPath, READ_COLLECTION, type Upload } from '@cairn/common';
import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { ImportCollectionDto } from './archive.dto.js';
import { IMPORTED_ANSWER } from './archives.schema.js';
import { ExportService } from './export.service.js';
import { ImportService, noFile } from './import.service.js';

const TAG = 'Archives';

@Controller()
export class ArchivesController {
  constructor(
    private readonly exports: ExportService,
    private readonly imports: ImportService,
  ) {}

  @Endpoint('GET /api/v2/collections/{id}/export', {
    summary: 'A collection as one file: its settings, its documents, and their contents.',
    description:
      'Lines of JSON, as the collection was at one moment. The last line holds the SHA-256 of all before it; an archive without it was cut off. Vectors are not in it: they are a function of what is.',
    permission: READ_COLLECTION,
    answers: { 200: 'The archive, as application/x-ndjson.' },
    tag: TAG,
  })
  async export(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string, @Res() reply: FastifyReply) {
    const archive = await this.exports.export(access, id);
    void reply.header('content-type', 'application/x-ndjson');
    void reply.header('content-disposition', `attachment; filename="${id}.cairn.ndjson"`);
    void reply.header('x-content-type-options', 'nosniff');
    await reply.send(archive);
  }

  @Endpoint('POST /api/v2/collections/import', {
    summary: 'Make a collection of an archive.',
    description:
      'A form with the archive as `file`, and a `name` where the old one is not wanted. Documents have their external ids, and the ids that they had where these are free in your organisation; `document_ids_kept` says of how many. It is yours, and shared with nobody but as `is_public` says. What was changed or cut off is refused as a whole.',
    permission: { scope: 'write' },
    answers: { 201: IMPORTED_ANSWER },
    errors: ['conflict', 'unknown_model', 'model_not_installed', 'quota_exceeded', 'rate_limited', 'storage_full', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  import(@Write() write: WriteRequest, @FromUpload(ImportCollectionDto) upload: Upload<ImportCollectionDto>) {
    if (upload.kind === 'json') throw noFile();
    return this.imports.import(write, upload);
  }
}

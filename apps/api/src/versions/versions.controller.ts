import { type Access, CallerAccess, Endpoint, FromQuery, IdFromPath, READ_COLLECTION, TextFromPath, WRITE_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { ListVersionsDto } from './versions.dto.js';
import { RESTORED_ANSWER, VERSIONS_ANSWER } from './versions.schema.js';
import { VersionsService } from './versions.service.js';

const TAG = 'Collections';

@Controller()
export class VersionsController {
  constructor(private readonly versions: VersionsService) {}

  @Endpoint('GET /api/v2/collections/{id}/versions', {
    summary: 'How a collection was before each of its changes, the latest change first.',
    description: 'A change is one of what is said of it, or a reindex with other settings. How it is now is said by the collection itself.',
    permission: READ_COLLECTION,
    answers: { 200: VERSIONS_ANSWER },
    tag: TAG,
  })
  list(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string, @FromQuery() query: ListVersionsDto) {
    return this.versions.list(access, id, query);
  }

  @Endpoint('POST /api/v2/collections/{id}/versions/{number}/restore', {
    summary: 'Bring a collection back to how it was.',
    description:
      'Name, description, visibility and metadata at once; model and chunking by a reindex, while the collection is searched as before. It is a change like any other, and can be gone back from.',
    permission: WRITE_COLLECTION,
    answers: { 200: RESTORED_ANSWER },
    errors: ['not_found', 'forbidden', 'conflict', 'unknown_model', 'model_not_installed', 'rate_limited'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  restore(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @TextFromPath('number', 'Number of the version.', 20) number: string) {
    return this.versions.restore(write, id, number);
  }
}

import { type Access, CallerAccess, Endpoint, IdFromPath, READ_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { HEALTH_ANSWER } from './collection-health.schema.js';
import { CollectionHealthService } from './collection-health.service.js';

@Controller()
export class CollectionHealthController {
  constructor(private readonly health: CollectionHealthService) {}

  @Endpoint('GET /api/v2/collections/{id}/health', {
    summary: 'How well a collection is, what is wrong with it, and what to do about that.',
    description:
      'By what Postgres knows, which is cheap to ask. Whether Qdrant has all of it is said by `GET …/drift`. With `auto_maintenance` documents that failed by chance are tried again by themselves.',
    permission: READ_COLLECTION,
    answers: { 200: HEALTH_ANSWER },
    tag: 'Collections',
  })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.health.read(access, id);
  }
}

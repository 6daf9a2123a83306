import { type Access, CallerAccess, COLLECTION_DELETION, COLLECTION_DRIFT, DOCUMENT_DELETION, Endpoint, IdFromPath } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { TruthService } from './truth.service.js';

@Controller()
export class TruthController {
  constructor(private readonly truth: TruthService) {}

  @Endpoint('GET /api/v2/collections/{id}/drift', COLLECTION_DRIFT)
  drift(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.truth.drift(access, id);
  }

  @Endpoint('GET /api/v2/collections/{id}/deletion', COLLECTION_DELETION)
  collection(@CallerAccess() access: Access, @IdFromPath('id', 'collection') id: string) {
    return this.truth.collectionDeletion(access, id);
  }

  @Endpoint('GET /api/v2/documents/{id}/deletion', DOCUMENT_DELETION)
  document(@CallerAccess() access: Access, @IdFromPath('id', 'document') id: string) {
    return this.truth.documentDeletion(access, id);
  }
}

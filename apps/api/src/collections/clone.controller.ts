import { Endpoint, FromBody, IdFromPath } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { CloneService } from './clone.service.js';
import { CloneCollectionDto } from './collections.dto.js';
import { FILLED_ANSWER } from './collections.schema.js';

@Controller()
export class CloneController {
  constructor(private readonly clones: CloneService) {}

  @Endpoint('POST /api/v2/collections/{id}/clone', {
    summary: 'Make a collection with the documents of another one, cut or embedded otherwise.',
    description:
      'What is not said is as in the original, which is not touched. Contents are not stored a second time. Whoever may read a collection may clone it; the clone is his, and not public unless he says so. Sources are not cloned.',
    permission: { scope: 'write' },
    answers: { 201: FILLED_ANSWER },
    errors: ['conflict', 'unknown_model', 'model_not_installed', 'quota_exceeded', 'rate_limited', 'idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: 'Collections',
  })
  clone(@Write() write: WriteRequest, @IdFromPath('id', 'collection') id: string, @FromBody() dto: CloneCollectionDto) {
    return this.clones.clone(write, id, dto);
  }
}

import { type Access, CallerAccess, Endpoint, FromBody, FromQuery, QUOTA_KINDS } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { PutQuotasDto, QuotasOfDto } from './quotas.dto.js';
import { QuotasService } from './quotas.service.js';

const TAG = 'Quotas';
const QUOTA = { type: 'object', properties: { used: { type: 'integer' }, limit: { type: ['integer', 'null'] } }, required: ['used', 'limit'] };
const QUOTAS_ANSWER = {
  type: 'object',
  properties: {
    collection_id: { type: ['string', 'null'] },
    quotas: { type: 'object', properties: Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, QUOTA])), required: [...QUOTA_KINDS] },
  },
  required: ['collection_id', 'quotas'],
};

@Controller()
export class QuotasController {
  constructor(private readonly quotas: QuotasService) {}

  @Endpoint('GET /api/v2/quotas', {
    summary: 'What the organisation, or a collection, may hold, and what it does hold.',
    permission: { scope: 'admin' },
    answers: { 200: QUOTAS_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  read(@CallerAccess() access: Access, @FromQuery() query: QuotasOfDto) {
    return this.quotas.read(access, query);
  }

  @Endpoint('PUT /api/v2/quotas', {
    summary: 'Set what the organisation, or a collection, may hold.',
    description:
      'A limit that is left out is what the operator allows, and none can be higher; for a collection it is none of its own. A lower one takes nothing away.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 200: QUOTAS_ANSWER },
    errors: ['not_found'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  put(@Write() write: WriteRequest, @FromBody() dto: PutQuotasDto) {
    return this.quotas.put(write, dto);
  }
}

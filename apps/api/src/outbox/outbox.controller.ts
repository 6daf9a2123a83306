import { Caller, Database, Doc, Endpoint, FromBody, Hints, LOOSE_UUID, listParked, redriveParked, type TenantScope } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, Matches } from 'class-validator';
import { Write } from '../writes/write-request.decorator.js';
import { type WriteRequest, WriteRunner } from '../writes/write-runner.js';

const TAG = 'Outbox';
const PARKED = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    job_id: { type: 'string' },
    job_type: { type: 'string' },
    refusals: { type: 'integer' },
    last_error: { type: ['string', 'null'] },
    parked_at: { type: 'string' },
  },
};

export class RedriveDto {
  @Doc('Only these rows; all parked ones when left out.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(500)
  @Matches(LOOSE_UUID, { each: true, message: 'each of $property must be an id of GET /outbox/parked' })
  ids?: string[];
}

@Controller()
export class OutboxController {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
  ) {}

  @Endpoint('GET /outbox/parked', {
    summary: 'Messages that the broker refused too often; their jobs wait.',
    permission: { scope: 'admin' },
    answers: { 200: { type: 'object', properties: { parked: { type: 'array', items: PARKED } }, required: ['parked'] } },
    tag: TAG,
  })
  async parked(@Caller() scope: TenantScope) {
    return { parked: await this.database.tenant(scope, (sql) => listParked(sql, scope)) };
  }

  @Endpoint('POST /outbox/redrive', {
    summary: 'Send parked messages again.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 200: { type: 'object', properties: { redriven: { type: 'integer' } }, required: ['redriven'] } },
    tag: TAG,
  })
  async redrive(@Write() write: WriteRequest, @FromBody() dto: RedriveDto): Promise<{ redriven: number }> {
    const answer = await this.writes.transaction(write, 200, async (sql) => ({ redriven: await redriveParked(sql, write.scope, dto.ids) }));
    this.hints.wakeDispatcher();
    return answer;
  }
}

import { type Access, Caller, CallerAccess, Endpoint, EVALUATION_ANSWER, FromBody, IdFromPath, READ_COLLECTION, type TenantScope } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { EVALUATIONS_ANSWER, JUDGMENT_SET_ANSWER, JUDGMENT_SETS_ANSWER } from './evaluations.schema.js';
import { EvaluationsService } from './evaluations.service.js';
import { AddJudgmentSetDto } from './judgment-sets.dto.js';

const TAG = 'Evaluation';

@Controller()
export class EvaluationsController {
  constructor(private readonly evaluating: EvaluationsService) {}

  @Endpoint('POST /api/v2/judgment-sets', {
    summary: 'Say which documents are relevant for which questions.',
    permission: { scope: 'write' },
    answers: { 201: JUDGMENT_SET_ANSWER },
    errors: ['conflict'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @FromBody() dto: AddJudgmentSetDto) {
    return this.evaluating.add(write, dto);
  }

  @Endpoint('GET /api/v2/judgment-sets', {
    summary: 'The judgment sets of your organisation, the newest first.',
    permission: READ_COLLECTION,
    answers: { 200: JUDGMENT_SETS_ANSWER },
    tag: TAG,
  })
  sets(@Caller() scope: TenantScope) {
    return this.evaluating.sets(scope);
  }

  @Endpoint('GET /api/v2/judgment-sets/{id}', {
    summary: 'A judgment set.',
    permission: READ_COLLECTION,
    answers: { 200: JUDGMENT_SET_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  set(@Caller() scope: TenantScope, @IdFromPath('id', 'judgment set') id: string) {
    return this.evaluating.set(scope, id);
  }

  @Endpoint('DELETE /api/v2/judgment-sets/{id}', {
    summary: 'Delete a judgment set and the evaluations that were made with it.',
    permission: { scope: 'write' },
    answers: { 204: 'It is deleted.' },
    errors: ['not_found'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @IdFromPath('id', 'judgment set') id: string) {
    return this.evaluating.remove(write, id);
  }

  @Endpoint('GET /api/v2/evaluations', {
    summary: 'The newest evaluations of collections that you may read.',
    permission: READ_COLLECTION,
    answers: { 200: EVALUATIONS_ANSWER },
    tag: TAG,
  })
  evaluations(@CallerAccess() access: Access) {
    return this.evaluating.evaluations(access);
  }

  @Endpoint('GET /api/v2/evaluations/{id}', {
    summary: 'An evaluation.',
    permission: READ_COLLECTION,
    answers: { 200: EVALUATION_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  evaluation(@CallerAccess() access: Access, @IdFromPath('id', 'evaluation') id: string) {
    return this.evaluating.evaluation(access, id);
  }
}

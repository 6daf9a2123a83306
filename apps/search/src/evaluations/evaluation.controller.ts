import { type Access, CallerAccess, CallerGone, Endpoint, EVALUATE, EvaluationDto, FromBody, IdempotencyKeyHeader } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { EvaluationService } from './evaluation.service.js';

@Controller()
export class EvaluationController {
  constructor(private readonly evaluations: EvaluationService) {}

  @Endpoint('POST /api/v2/evaluations', EVALUATE)
  evaluate(
    @CallerAccess() access: Access,
    @FromBody() dto: EvaluationDto,
    @IdempotencyKeyHeader() idempotencyKey: string | undefined,
    @CallerGone() signal: AbortSignal,
  ) {
    return this.evaluations.evaluate(access, dto, { idempotencyKey, signal });
  }
}

import { type Bell, runInContext, withRemoteParent, withSpan } from '@cairn/common';
import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { JetStreamContext } from '../jetstream/jetstream.context.js';
import { BELL } from '../jetstream/jetstream.strategy.js';
import { JobRunner } from './job-runner.js';
import { PassOnFilter } from './pass-on.filter.js';

/** Where messages come in: continues the trace and the correlation of the request that made the job. */
@Controller()
@UseFilters(PassOnFilter)
export class BellsController {
  constructor(private readonly runner: JobRunner) {}

  @EventPattern<string>(BELL)
  async answer(@Payload() bell: Bell, @Ctx() context: JetStreamContext): Promise<void> {
    const correlationId = context.header('X-Correlation-ID') ?? bell.jobId;
    await runInContext({ correlationId, orgId: bell.orgId, jobId: bell.jobId }, () =>
      withRemoteParent(context.header('traceparent'), () => withSpan('job', { 'cairn.job_id': bell.jobId }, () => this.runner.answer(bell))),
    );
  }
}

import { type Access, CallerAccess, Endpoint, FromBody, FromQuery, IdFromPath, type JobId } from '@cairn/common';
import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { FEED_CURSOR_HEADER, tellFeedCursor } from '../events/feed-cursor-header.js';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { CreateJobDto, ListJobsDto } from './jobs.dto.js';
import { JOB_ANSWER, JOB_ID_ANSWER, JOB_LIST_ANSWER } from './jobs.schema.js';
import { JobsService } from './jobs.service.js';

@Controller()
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Endpoint('POST /jobs', {
    summary: 'Start a job; while an equal one is live, that one is answered.',
    permission: { scope: 'write' },
    answers: { 200: JOB_ID_ANSWER },
    errors: ['idempotency_mismatch', 'request_in_flight'],
    headers: IDEMPOTENT,
    tag: 'Jobs',
  })
  create(@Write() write: WriteRequest, @FromBody() dto: CreateJobDto) {
    return this.jobs.create(write, dto);
  }

  @Endpoint('GET /jobs', {
    summary: 'The jobs of the organisation that you may read, newest first.',
    description: 'Jobs of a collection are there for those who may read the collection.',
    permission: { scope: 'read' },
    answers: { 200: JOB_LIST_ANSWER },
    answerHeaders: FEED_CURSOR_HEADER,
    errors: ['invalid_cursor'],
    tag: 'Jobs',
  })
  async list(@CallerAccess() access: Access, @FromQuery() query: ListJobsDto, @Res({ passthrough: true }) reply: FastifyReply) {
    const { feedCursor, ...page } = await this.jobs.list(access, query);
    tellFeedCursor(reply, feedCursor);
    return page;
  }

  @Endpoint('GET /jobs/{id}', { summary: 'A job with its events and attempts.', permission: { scope: 'read' }, answers: { 200: JOB_ANSWER }, tag: 'Jobs' })
  read(@CallerAccess() access: Access, @IdFromPath('id', 'job') id: string) {
    return this.jobs.read(access, id as JobId);
  }

  @Endpoint('DELETE /jobs/{id}', {
    summary: 'Cancel a job that waits or runs.',
    description: 'For a job of a collection this needs the role write in it.',
    permission: { scope: 'write' },
    answers: { 200: { type: 'object', properties: { job_id: { type: 'string' }, status: { const: 'canceled' } } } },
    errors: ['job_ended', 'forbidden'],
    headers: IDEMPOTENT,
    tag: 'Jobs',
  })
  cancel(@Write() write: WriteRequest, @IdFromPath('id', 'job') id: string) {
    return this.jobs.cancel(write, id as JobId);
  }

  @Endpoint('POST /jobs/{id}/retry', {
    summary: 'Run a job again that failed or was cancelled.',
    description: 'For a job of a collection this needs the role write in it.',
    permission: { scope: 'write' },
    answers: { 202: JOB_ID_ANSWER },
    errors: ['job_ended', 'job_live', 'forbidden'],
    headers: IDEMPOTENT,
    tag: 'Jobs',
  })
  retry(@Write() write: WriteRequest, @IdFromPath('id', 'job') id: string) {
    return this.jobs.retry(write, id as JobId);
  }
}

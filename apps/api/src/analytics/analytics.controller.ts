import { type Access, Caller, CallerAccess, Endpoint, FromBody, FromQuery, READ_COLLECTION, STAGES_OF_AT_MOST, type TenantScope } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { AnalyticsDto, ListQueriesDto, PutAnalyticsSettingsDto } from './analytics.dto.js';
import {
  LATENCY_ANSWER,
  LATENCY_LIST,
  QUERIES_ANSWER,
  QUERIES_LIST,
  SETTINGS_ANSWER,
  SUMMARY_ANSWER,
  TRAFFIC_ANSWER,
  TRAFFIC_LIST,
} from './analytics.schema.js';
import { AnalyticsService } from './analytics.service.js';
import { inAskedForm } from './csv.js';

const TAG = 'Analytics';
const SEEN = 'Of searches in collections that you may read, all of them; each is there within a second.';

@Controller()
export class AnalyticsController {
  constructor(private readonly analytics: AnalyticsService) {}

  @Endpoint(['GET /analytics/summary', 'GET /api/v2/analytics/summary'], {
    summary: 'How often was searched, by how many, how fast, and how often for nothing.',
    description: SEEN,
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: SUMMARY_ANSWER },
    tag: TAG,
  })
  summary(@CallerAccess() access: Access, @FromQuery() query: AnalyticsDto) {
    return this.analytics.summary(access, query);
  }

  @Endpoint(['GET /analytics/queries', 'GET /api/v2/analytics/queries'], {
    summary: 'What is asked most often, in vain, or slowly.',
    description: `${SEEN} Questions are the same when they are written the same; what was asked is kept for 30 days, if the operator says nothing else.`,
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: QUERIES_ANSWER },
    forms: ['csv'],
    tag: TAG,
  })
  async queries(
    @CallerAccess() access: Access,
    @FromQuery() query: ListQueriesDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return inAskedForm(request, reply, await this.analytics.queries(access, query), QUERIES_LIST);
  }

  @Endpoint(['GET /analytics/usage/traffic', 'GET /api/v2/analytics/usage/traffic'], {
    summary: 'Searches of each day, in UTC.',
    description: `${SEEN} Days without any are left out.`,
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: TRAFFIC_ANSWER },
    forms: ['csv'],
    tag: TAG,
  })
  async traffic(
    @CallerAccess() access: Access,
    @FromQuery() query: AnalyticsDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return inAskedForm(request, reply, await this.analytics.traffic(access, query), TRAFFIC_LIST);
  }

  @Endpoint(['GET /analytics/usage/latency', 'GET /api/v2/analytics/usage/latency'], {
    summary: 'How long each stage of a search takes, in milliseconds.',
    description: `${SEEN} \`total\` is the whole search; a stage that not every search has counts those that have it. Of more than ${STAGES_OF_AT_MOST} searches, the newest count.`,
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: LATENCY_ANSWER },
    forms: ['csv'],
    tag: TAG,
  })
  async latency(
    @CallerAccess() access: Access,
    @FromQuery() query: AnalyticsDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return inAskedForm(request, reply, await this.analytics.latency(access, query), LATENCY_LIST);
  }

  @Endpoint('GET /api/v2/analytics/settings', {
    summary: 'Whether searches of the organisation are kept for analytics.',
    permission: { scope: 'admin' },
    answers: { 200: SETTINGS_ANSWER },
    tag: TAG,
  })
  settings(@Caller() scope: TenantScope) {
    return this.analytics.settings(scope);
  }

  @Endpoint('PUT /api/v2/analytics/settings', {
    summary: 'Say whether searches of the organisation are kept for analytics.',
    permission: { scope: 'admin' },
    answers: { 200: SETTINGS_ANSWER },
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  putSettings(@Write() write: WriteRequest, @FromBody() dto: PutAnalyticsSettingsDto) {
    return this.analytics.putSettings(write, dto);
  }
}

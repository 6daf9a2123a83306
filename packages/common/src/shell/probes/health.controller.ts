import { Controller, Res } from '@nestjs/common';
import { IsIn, IsOptional, IsString } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { Endpoint } from '../endpoints/endpoint.decorator.js';
import { FromQuery } from '../endpoints/from-request.decorators.js';
import { Doc } from '../validation/doc.decorator.js';
import { HEALTH_SCHEMA, READINESS_SCHEMA } from './probe-schemas.js';
import { Readiness } from './readiness.js';

export class ReadyQuery {
  @Doc('traffic: answer for this process only, for a load balancer or kubelet.')
  @IsOptional()
  @IsIn(['traffic'])
  for?: 'traffic';

  @Doc('Adds what operators want to know about this process.')
  @IsOptional()
  @IsString()
  verbose?: string;
}

@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Endpoint(['GET /healthz', 'GET /api/health/healthz'], {
    summary: 'Whether this process is alive; asks no dependency.',
    permission: 'public',
    answers: { 200: HEALTH_SCHEMA },
    tag: 'Health',
  })
  healthz(): object {
    return this.readiness.health();
  }

  @Endpoint(['GET /readyz', 'GET /api/health/readyz'], {
    summary: 'Whether the system is well, dependency by dependency.',
    permission: 'public',
    answers: { 200: READINESS_SCHEMA, 503: READINESS_SCHEMA },
    tag: 'Health',
  })
  async readyz(@FromQuery() query: ReadyQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const answer = query.for === 'traffic' ? this.readiness.traffic() : await this.readiness.system(query.verbose !== undefined);
    if (!answer.ready) reply.code(503).header('retry-after', '2');
    return answer;
  }
}

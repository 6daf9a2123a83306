import { accessOf, currentContext, currentTraceparent, principalOf, reaches } from '@cairn/common';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { WriteRequest } from './write-runner.js';

/** The request as a write sees it: who asks, what makes it the same request again, and which trace it belongs to. */
export const Write = createParamDecorator((_data: unknown, context: ExecutionContext): WriteRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const key = request.headers['idempotency-key'];
  const principal = principalOf(request);
  const { scope, role, rights } = principal;
  return {
    scope,
    access: accessOf(principal),
    role,
    administers: role !== null && reaches(role, 'admin') && rights.has('admin'),
    route: `${request.method} ${request.routeOptions.url ?? ''}`,
    content: [request.params ?? null, request.body ?? null],
    params: (request.params ?? {}) as Record<string, string>,
    body: request.body,
    idempotencyKey: Array.isArray(key) ? key[0] : key,
    correlationId: currentContext()?.correlationId ?? '',
    traceparent: currentTraceparent(),
  };
});

import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from '../lifecycle/lifecycle.js';
import type { HttpMetrics } from '../metrics/http-metrics.js';
import { runInContext } from './request-context.js';
import type { RouteTable } from './route-table.js';
import { setStandardHeaders } from './standard-headers.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** `performance.now()` at the first hook. */
    startedAt: number;
  }
}

export interface HookParts {
  metrics: HttpMetrics;
  lifecycle: Lifecycle;
  routes: RouteTable;
}

/** What happens around every request: headers, context, timing. Kept to a few operations: it is paid by each one (G11). */
export function addRequestHooks(fastify: FastifyInstance, { metrics, lifecycle, routes }: HookParts): void {
  fastify.addHook('onRoute', (route) => routes.add(route.url, route.method));
  fastify.decorateRequest('startedAt', 0);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now();
    setStandardHeaders(reply, request.id);
    if (lifecycle.draining.aborted) reply.header('connection', 'close');
    runInContext({ correlationId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, (performance.now() - request.startedAt) / 1_000);
    done();
  });
}

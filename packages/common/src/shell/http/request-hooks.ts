import { trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
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

/** Names the server span after the route template: addresses hold ids. */
function nameSpan(request: FastifyRequest): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  const route = request.routeOptions.url ?? 'unknown';
  span.updateName(`${request.method} ${route}`).setAttributes({ 'http.route': route, 'cairn.correlation_id': request.id });
}

/** What happens around every request: headers, context, timing. Kept to a few operations: it is paid by each one (G11). */
export function addRequestHooks(fastify: FastifyInstance, { metrics, lifecycle, routes }: HookParts): void {
  fastify.addHook('onRoute', (route) => routes.add(route.url, route.method));
  fastify.decorateRequest('startedAt', 0);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now();
    setStandardHeaders(reply, request.id);
    if (lifecycle.draining.aborted) reply.header('connection', 'close');
    nameSpan(request);
    runInContext({ correlationId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, (performance.now() - request.startedAt) / 1_000);
    done();
  });
}

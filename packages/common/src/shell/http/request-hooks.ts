import { trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest, onResponseHookHandler } from 'fastify';
import type { Logger } from 'pino';
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
  log: Logger;
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

const secondsSince = (startedAt: number) => (performance.now() - startedAt) / 1_000;

/** Each route counts by itself, so that no request has to look up which one it took. */
function meterRoutes(fastify: FastifyInstance, { metrics, routes }: HookParts): void {
  const unrouted = metrics.meterOf('any', 'unknown');
  fastify.addHook('onRoute', (route) => {
    routes.add(route.url, route.method);
    const meter = metrics.meterOf(String(route.method), route.url);
    const observe: onResponseHookHandler = (request, reply, done) => {
      meter.observe(reply.statusCode, secondsSince(request.startedAt));
      done();
    };
    route.onResponse = [...[route.onResponse ?? []].flat(), observe];
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unrouted.observe(reply.statusCode, secondsSince(request.startedAt));
    done();
  });
}

/** A line per request, for whoever looks for something: at the level info it would cost more than many requests do. */
function logRequests(fastify: FastifyInstance, log: Logger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const ms = Math.round(secondsSince(request.startedAt) * 1_000);
    log.debug({ correlationId: request.id, method: request.method, route: request.routeOptions.url, status: reply.statusCode, ms }, 'request answered');
    done();
  });
}

/** What happens around every request: headers, context, timing. Kept to a few operations: it is paid by each one (G11). */
export function addRequestHooks(fastify: FastifyInstance, parts: HookParts): void {
  meterRoutes(fastify, parts);
  if (parts.log.isLevelEnabled('debug')) logRequests(fastify, parts.log);
  fastify.decorateRequest('startedAt', 0);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.startedAt = performance.now();
    setStandardHeaders(reply, request.id);
    if (parts.lifecycle.draining.aborted) reply.header('connection', 'close');
    nameSpan(request);
    runInContext({ correlationId: request.id }, done);
  });
}

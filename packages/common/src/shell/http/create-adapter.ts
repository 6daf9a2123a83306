import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LimitsConfig } from '../../config/limits.config.js';
import type { ServiceConfig } from '../../config/service.config.js';
import { sendProblem } from '../errors/send-problem.js';
import { toCairnError } from '../errors/to-cairn-error.js';
import { answerClientError } from './client-error.js';
import { correlationIdOf } from './correlation-id.js';
import { passForms } from './form-body.js';
import { readJsonBodies } from './json-body.js';
import { standardHeadersFor } from './standard-headers.js';

/** Fastify under Nest with our limits: nothing trusts a proxy that was not named, reads a form that no route asked for, or answers an error in its own words. */
export function createAdapter({ limits, service }: { limits: LimitsConfig; service: ServiceConfig }): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    trustProxy: service.trustedProxies ?? false,
    bodyLimit: limits.bodyBytes,
    // Not the header option of Fastify: a malformed id must be replaced, not taken.
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => correlationIdOf(request.headers['x-correlation-id']),
    keepAliveTimeout: 65_000,
    requestTimeout: 300_000,
    http: { maxHeaderSize: 16_384, headersTimeout: 20_000 },
    // An id of 512 bytes is 1,536 characters when every byte is percent-encoded.
    routerOptions: { maxParamLength: 2_048 },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => sendProblem(request, reply, toCairnError(error)),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => answerClientError(error, socket),
    // Our services use no Nest middleware; without it every request saves a hook.
    skipMiddie: true,
    multipart: false,
  });
  adapter.getInstance().decorate('standardHeaders', standardHeadersFor(service));
  readJsonBodies(adapter.getInstance());
  passForms(adapter.getInstance());
  return adapter;
}

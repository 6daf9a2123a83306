import type { FastifyReply } from 'fastify';

/** On every answer, errors and streams included. A route that serves pages overrides the policy with its own. Few, because each costs every request half a microsecond. */
export const STANDARD_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

// Browsers ignore it over plain HTTP, and on a developer's machine there is no TLS in front.
const TLS_HEADER = { 'strict-transport-security': 'max-age=31536000' } as const;

export type StandardHeaders = Readonly<Record<string, string>>;

export function standardHeadersFor({ isLocal }: { isLocal: boolean }): StandardHeaders {
  return isLocal ? STANDARD_HEADERS : { ...STANDARD_HEADERS, ...TLS_HEADER };
}

declare module 'fastify' {
  interface FastifyInstance {
    standardHeaders: StandardHeaders;
  }
}

/** Puts the standard headers and the correlation id on an answer. */
export function setStandardHeaders(reply: FastifyReply, correlationId: string): void {
  reply.headers(reply.server.standardHeaders);
  reply.header('x-correlation-id', correlationId);
}

import type { FastifyReply } from 'fastify';

/** On every answer, errors and streams included. A route that serves pages overrides the policy with its own. */
export const STANDARD_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
} as const;

/** Puts the standard headers and the correlation id on an answer. */
export function setStandardHeaders(reply: FastifyReply, correlationId: string): void {
  reply.headers(STANDARD_HEADERS);
  reply.header('x-correlation-id', correlationId);
}

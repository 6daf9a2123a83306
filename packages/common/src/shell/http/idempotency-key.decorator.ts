import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { checkIdempotencyKey } from '../../data/idempotency.js';

/** The header `Idempotency-Key`, where the caller sent one. */
export const IdempotencyKeyHeader = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  return checkIdempotencyKey(Array.isArray(key) ? key[0] : key);
});

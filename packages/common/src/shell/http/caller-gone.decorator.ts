import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CairnError } from '../../errors/catalogue.js';

/** A signal that is aborted when the caller closes its connection before it was answered: nobody will read the answer. */
export const CallerGone = createParamDecorator((_data: unknown, context: ExecutionContext): AbortSignal => {
  const { raw } = context.switchToHttp().getResponse<FastifyReply>();
  const gone = new AbortController();
  // The response closes after each answer too.
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new CairnError('request_timeout', 'The caller closed its connection before it was answered.'));
  });
  return gone.signal;
});

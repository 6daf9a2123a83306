import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { throwError } from 'rxjs';
import { CairnError } from '../../errors/catalogue.js';
import type { RouteTable } from '../http/route-table.js';
import { sendProblem } from './send-problem.js';
import { toCairnError } from './to-cairn-error.js';

/** Renders whatever was thrown as a problem. The only place that turns errors into answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): unknown {
    if (host.getType() !== 'http') return throwError(() => thrown);
    const request = host.getArgByIndex<FastifyRequest>(0);
    const reply = host.getArgByIndex<FastifyReply>(1);
    const error = request.is404 ? this.unrouted(request, reply) : toCairnError(thrown);
    this.report(error, request);
    this.answer(request, reply, error);
    return undefined;
  }

  private unrouted(request: FastifyRequest, reply: FastifyReply): CairnError {
    const methods = this.routes.methodsOf(request.url);
    if (methods.length === 0) return new CairnError('not_found', 'There is nothing at this address.');
    reply.header('allow', methods.join(', '));
    return new CairnError('method_not_allowed', `This address takes ${methods.join(', ')}, not ${request.method}.`);
  }

  private report(error: CairnError, request: FastifyRequest): void {
    const fields = { code: error.code, method: request.method, route: request.routeOptions.url };
    if (error.code === 'internal') this.log.error({ ...fields, err: error.cause ?? error }, 'request failed');
    else if (error.status >= 500) this.log.warn({ ...fields, err: error.cause ?? error }, 'request could not be served');
    else this.log.debug(fields, 'request refused');
  }

  private answer(request: FastifyRequest, reply: FastifyReply, error: CairnError): void {
    if (!reply.raw.headersSent) sendProblem(request, reply, error);
    else reply.raw.destroy();
  }
}

import type { Socket } from 'node:net';
import { CairnError } from '../../errors/catalogue.js';
import { endWithProblem } from '../errors/raw-problem.js';
import { correlationIdOf } from './correlation-id.js';

function refusalOf(error: NodeJS.ErrnoException): CairnError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return new CairnError('headers_too_large', 'The headers of the request are larger than 16 KB. Is the token right?');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CairnError('request_timeout', 'The request did not arrive completely in time.');
  return new CairnError('bad_request', 'This is not a valid HTTP/1.1 request.');
}

/** Answers what is not even HTTP, with a problem as everywhere else, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else endWithProblem(socket, refusalOf(error), correlationIdOf(undefined));
}

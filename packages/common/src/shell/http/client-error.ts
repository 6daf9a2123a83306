import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CairnError } from '../../errors/catalogue.js';
import { endWithProblem } from '../errors/raw-problem.js';
import { correlationIdOf } from './correlation-id.js';

function refusalOf(error: NodeJS.ErrnoException): CairnError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return new CairnError('headers_too_large', 'The headers of the request are larger than 16 KB. Is the token right?');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CairnError('request_timeout', 'The request did not arrive completely in time.');
  return new CairnError('bad_request', 'This is not a valid HTTP/1.1 request.');
}

/** Node hangs the response being written on the socket; a second one behind it would be read as part of it. */
function isAnswering(socket: Socket & { _httpMessage?: ServerResponse }): boolean {
  return socket._httpMessage?.headersSent ?? false;
}

/** Answers what is not even HTTP, with a problem as everywhere else, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else if (isAnswering(socket)) socket.end();
  else endWithProblem(socket, refusalOf(error), correlationIdOf(undefined));
}

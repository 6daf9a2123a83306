import type { Socket } from 'node:net';
import { CairnError } from '../../errors/catalogue.js';
import { PROBLEM_TYPE, problemOf } from '../errors/problem.js';
import { correlationIdOf } from './correlation-id.js';
import { STANDARD_HEADERS } from './standard-headers.js';

function refusalOf(error: NodeJS.ErrnoException): CairnError {
  if (error.code === 'HPE_HEADER_OVERFLOW') return new CairnError('headers_too_large', 'The headers of the request are larger than 16 KB. Is the token right?');
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CairnError('request_timeout', 'The request did not arrive completely in time.');
  return new CairnError('bad_request', 'This is not a valid HTTP/1.1 request.');
}

/** Answers what is not even HTTP, with a problem as everywhere else, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const refusal = refusalOf(error);
  const reference = correlationIdOf(undefined);
  const problem = problemOf(refusal, reference);
  const text = JSON.stringify(problem);
  const headers = {
    ...STANDARD_HEADERS,
    'x-correlation-id': reference,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${text}`);
}

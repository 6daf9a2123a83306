import type { Duplex } from 'node:stream';
import type { CairnError } from '../../errors/catalogue.js';
import { STANDARD_HEADERS } from '../http/standard-headers.js';
import { headersOf, PROBLEM_TYPE, problemOf } from './problem.js';

/** Answers with a problem on a bare socket (a refused upgrade, a request that is not HTTP) and closes the connection. */
export function endWithProblem(socket: Duplex, error: CairnError, reference: string): void {
  const problem = problemOf(error, reference);
  const text = JSON.stringify(problem);
  const headers = {
    ...STANDARD_HEADERS,
    'x-correlation-id': reference,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(text),
    ...headersOf(error),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${text}`);
}

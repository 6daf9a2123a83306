import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CairnError } from '../../errors/catalogue.js';
import { setStandardHeaders } from '../http/standard-headers.js';
import { isOpenAiRoute, openAiErrorOf } from './openai-error.js';
import { headersOf, PROBLEM_TYPE, problemOf } from './problem.js';

// A client that is still sending reads the answer only if we keep taking what it sends for a while (RFC 9112, 9.6).
const LINGER_MS = 5_000;
const LINGER_BYTES = 128 * 1024 * 1024;

function bodyIsArriving(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false;
  return Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
}

/** Discards the rest of the body, then ends the response, which closes the connection. */
function endWhenDrained(request: IncomingMessage, response: ServerResponse): void {
  let discarded = 0;
  const finish = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, LINGER_MS);
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES) finish();
  });
  request.once('end', finish).once('close', finish).once('error', finish).resume();
}

function answerAndLinger(request: FastifyRequest, reply: FastifyReply, text: string): void {
  reply.hijack();
  reply.raw.writeHead(reply.statusCode, { ...(reply.getHeaders() as Record<string, string>), connection: 'close', 'content-length': Buffer.byteLength(text) });
  reply.raw.write(text);
  endWhenDrained(request.raw, reply.raw);
}

/** Answers with a problem; when the client is still sending its body, in a way that lets it read the answer. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: CairnError): void {
  const problem = problemOf(error, request.id);
  const text = JSON.stringify(isOpenAiRoute(request.url) ? { ...problem, error: openAiErrorOf(error) } : problem);
  setStandardHeaders(reply, request.id);
  reply.code(error.status).headers({ 'content-type': PROBLEM_TYPE, ...headersOf(error) });
  if (bodyIsArriving(request.raw)) answerAndLinger(request, reply, text);
  else reply.send(text);
}

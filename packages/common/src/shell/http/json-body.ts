import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CairnError } from '../../errors/catalogue.js';
import { isTooDeep, MOST_DEPTH } from '../validation/text-flaw.js';

/** Where V8 stopped reading. Only the number: the rest of its message quotes the body. */
function placeOf(body: string): string {
  try {
    JSON.parse(body);
    return ' It holds a key that is not allowed (__proto__ or constructor).';
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    return position ? ` Reading stopped at character ${position}.` : ' It ends too early or holds something that is not JSON.';
  }
}

const BYTE_ORDER_MARK = 0xfeff;

/** True when the text may hold a key that would replace a prototype, also in escaped form, or starts with a mark. Nearly no body does, and this is quicker than looking closely. */
function needsCare(body: string): boolean {
  return body.charCodeAt(0) === BYTE_ORDER_MARK || body.includes('__proto__') || body.includes('constructor') || body.includes('\\u');
}

/** JSON is the only body this server reads; an empty one counts as none. Keys that would replace a prototype are refused. */
export function readJsonBodies(fastify: FastifyInstance): void {
  const parseCarefully = fastify.getDefaultJsonParser('error', 'error');
  const parseBody = (request: FastifyRequest, body: string, done: (error: Error | null, value?: unknown) => void) => {
    if (body === '') return done(null, undefined);
    const answer = (error: Error | null, value?: unknown) => {
      if (error) return done(new CairnError('malformed_json', `The body is not valid JSON.${placeOf(body)}`));
      if (isTooDeep(value))
        return done(new CairnError('malformed_json', `The body is nested more than ${MOST_DEPTH} deep, which nothing here is. Send it flatter.`));
      done(null, value);
    };
    if (needsCare(body)) return void parseCarefully(request, body, answer);
    parseQuickly(body, answer);
  };
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, parseBody);
  fastify.addContentTypeParser(/^application\/[a-z0-9.-]+\+json(?:;|$)/, { parseAs: 'string' }, parseBody);
}

function parseQuickly(body: string, answer: (error: Error | null, value?: unknown) => void): void {
  let value: unknown;
  let failure: Error | null = null;
  try {
    value = JSON.parse(body);
  } catch (error) {
    failure = error as Error;
  }
  answer(failure, value);
}

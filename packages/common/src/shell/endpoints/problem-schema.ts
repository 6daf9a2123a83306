import { ERRORS } from '../../errors/catalogue.js';
import type { JsonSchema } from '../validation/json-schema.js';

/** The body of every error, for the API's description. */
export const PROBLEM_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'An error (RFC 9457).',
  properties: {
    type: { type: 'string', description: 'urn:cairn:error:<code>' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened, to which thing, and what to do next.' },
    code: { type: 'string', enum: Object.keys(ERRORS) },
    reference: { type: 'string', description: 'The correlation id of the request; quote it when you ask for help.' },
    current: { type: 'object', description: 'With 410: how things are now, as the events that led there are no longer kept.' },
    line: { type: 'integer', description: 'Of a statement: where the mistake is, from 1.' },
    column: { type: 'integer', description: 'In characters, from 1.' },
    length: { type: 'integer', description: 'Of the part that is wrong, in characters.' },
    excerpt: { type: 'string', description: 'The line of the statement, and below it one with carets.' },
    hint: { type: 'string', description: 'What to do instead.' },
    suggestion: { type: 'string', description: 'The one word that was probably meant.' },
    expected: { type: 'array', description: 'What could stand there.', items: { type: 'string' } },
    errors: {
      type: 'array',
      description: 'For input: each mistake with its place.',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } }, required: ['path', 'message'] },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'reference'],
};

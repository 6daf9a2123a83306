import { FILLED_ANSWER } from '../collections/collections.schema.js';

/** What an import is answered with, for the API's description. */
export const IMPORTED_ANSWER = {
  type: 'object',
  properties: { ...FILLED_ANSWER.properties, document_ids_kept: { type: 'integer', description: 'Documents that have the ids that they had.' } },
  required: [...FILLED_ANSWER.required, 'document_ids_kept'],
};

import { COLLECTION_STATUSES } from '@cairn/common';
import { SEVERITIES } from './health-issues.js';

// What the health of a collection is answered with, for the API's description.

const TEXT = { type: 'string' };

const ACTION = {
  type: ['object', 'null'],
  description: 'A request that may put it right, or shows more of it.',
  properties: { method: { enum: ['GET', 'POST', 'DELETE'] }, path: TEXT, body: { type: ['object', 'null'] } },
  required: ['method', 'path', 'body'],
};

const ISSUE = { code: TEXT, severity: { enum: [...SEVERITIES] }, message: TEXT, count: { type: 'integer' }, action: ACTION };

const check = (more: Record<string, object> = {}) => {
  const properties = { passed: { type: 'boolean' }, ...more, message: TEXT };
  return { type: 'object', properties, required: Object.keys(properties) };
};
const COUNT = { type: 'integer' };

const CHECKS = {
  status: check(),
  failed_documents: check({ count: COUNT }),
  recent_operations: check({ failed_count: COUNT }),
  storage_efficiency: check({ average_document_size: { type: 'number' } }),
};

const HEALTH = {
  collection_id: { type: 'string', format: 'uuid' },
  status: { enum: [...COLLECTION_STATUSES] },
  score: { type: 'integer', minimum: 0, maximum: 100, description: '100 where nothing is to be done.' },
  health_score: { type: 'integer', minimum: 0, maximum: 100, description: 'The same as score.' },
  checks: { type: 'object', properties: CHECKS, required: Object.keys(CHECKS), description: 'The most important of it at a glance.' },
  issues: { type: 'array', items: { type: 'object', properties: ISSUE, required: Object.keys(ISSUE) }, description: 'The worst first.' },
  recommendations: { type: 'array', items: TEXT, description: 'What to do about each issue, in their order.' },
  auto_maintenance: { type: 'boolean' },
  maintained_at: { type: ['string', 'null'], format: 'date-time', description: 'When something was last tried again without being asked for.' },
};

export const HEALTH_ANSWER = { type: 'object', properties: HEALTH, required: Object.keys(HEALTH) };

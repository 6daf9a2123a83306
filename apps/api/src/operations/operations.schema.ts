import { OPERATION_STATES, OPERATION_TYPES } from '@cairn/common';

// What the routes of operations answer, for the API's description.

const TEXT = { type: 'string' };
const ID = { type: 'string', format: 'uuid' };
const MOMENT = { type: ['string', 'null'], format: 'date-time' };
const COUNT = { type: 'integer' };

const OPERATION = {
  id: ID,
  uuid: { ...ID, description: 'The same as id.' },
  task_id: { ...ID, description: 'The same as id.' },
  collection_id: ID,
  type: { enum: [...OPERATION_TYPES] },
  status: { enum: [...OPERATION_STATES] },
  config: { type: 'object' },
  error_message: { type: ['string', 'null'] },
  progress: {
    type: 'object',
    properties: { percentage: { type: 'integer', minimum: 0, maximum: 100 }, processed: COUNT, total: COUNT, failed: COUNT },
    required: ['percentage', 'processed', 'total', 'failed'],
  },
  result: { type: 'object', description: 'What it came to, by counts.' },
  created_at: { type: 'string', format: 'date-time' },
  started_at: MOMENT,
  completed_at: MOMENT,
};

export const OPERATION_ANSWER = { type: 'object', properties: OPERATION, required: Object.keys(OPERATION) };

export const OPERATIONS_ANSWER = { type: 'array', items: OPERATION_ANSWER };

export const OPERATION_LIST_ANSWER = {
  type: 'object',
  properties: { operations: OPERATIONS_ANSWER, total: COUNT, page: COUNT, per_page: COUNT },
  required: ['operations', 'total', 'page', 'per_page'],
};

export const OPERATION_MESSAGE = {
  type: 'object',
  properties: { id: COUNT, timestamp: { type: 'string', format: 'date-time' }, type: TEXT, percentage: COUNT, data: { type: 'object' } },
  required: ['id', 'timestamp', 'type', 'percentage', 'data'],
};

import { WIRE_STATUSES } from '@cairn/common';

// What the job routes answer, for the API's description.

export const JOB_ID_ANSWER = { type: 'object', properties: { job_id: { type: 'string', format: 'uuid' } }, required: ['job_id'] };

const STATUS = { type: 'string', enum: [...WIRE_STATUSES] };

export const EVENT_ANSWER = {
  type: 'object',
  properties: {
    seq: { type: 'integer', description: '1..n without a gap' },
    status: STATUS,
    stage: { type: 'string' },
    progress: { type: 'integer', minimum: 0, maximum: 100 },
    message: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
  },
  required: ['seq', 'status', 'stage', 'progress', 'at'],
};

const JOB_FIELDS = {
  id: { type: 'string', format: 'uuid' },
  type: { type: 'string' },
  status: STATUS,
  raw_status: { type: 'string', enum: ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'quarantined'] },
  stage: { type: 'string' },
  progress: { type: 'integer', minimum: 0, maximum: 100 },
  result: { type: ['object', 'null'] },
  error: { type: ['string', 'null'] },
  error_code: { type: ['string', 'null'] },
  operation_id: { type: ['string', 'null'], description: 'What a user asked for that it is a part of.' },
  document_id: { type: ['string', 'null'] },
  attempt: { type: 'integer', description: 'Retries used in this series of attempts.' },
  created_at: { type: 'string', format: 'date-time' },
  updated_at: { type: 'string', format: 'date-time' },
};

export const JOB_ANSWER = {
  type: 'object',
  properties: {
    ...JOB_FIELDS,
    events: { type: 'array', items: EVENT_ANSWER },
    attempts: {
      type: 'array',
      description: 'Newest first.',
      items: {
        type: 'object',
        properties: {
          n: { type: 'integer' },
          fence: { type: 'integer' },
          worker: { type: 'string' },
          started_at: { type: 'string', format: 'date-time' },
          ended_at: { type: ['string', 'null'] },
          outcome: { type: ['string', 'null'] },
          error: { type: ['string', 'null'] },
        },
      },
    },
  },
  required: Object.keys(JOB_FIELDS),
};

export const JOB_LIST_ANSWER = {
  type: 'object',
  properties: { jobs: { type: 'array', items: { type: 'object', properties: JOB_FIELDS } }, next_cursor: { type: ['string', 'null'] } },
  required: ['jobs', 'next_cursor'],
};

const ABOUT = Object.fromEntries(['job_id', 'operation_id', 'collection_id', 'document_id', 'id', 'prev'].map((name) => [name, { type: 'string' }]));

export const FEED_ANSWER = {
  type: 'object',
  properties: {
    events: {
      type: 'array',
      items: { allOf: [EVENT_ANSWER, { type: 'object', properties: ABOUT }] },
    },
    cursor: { type: 'string' },
  },
  required: ['events', 'cursor'],
};

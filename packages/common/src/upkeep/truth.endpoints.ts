import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';

// What is asked of the api and answered by the search service, which can look into Qdrant.

const COUNT = { type: 'integer' };
const ID = { type: 'string', format: 'uuid' };
const TIME = { type: 'string', format: 'date-time' };
const READ = { scope: 'read', perCollection: true } as const;

const DRIFT = {
  points_expected: { ...COUNT, description: 'Live points, by Postgres.' },
  points_found: { ...COUNT, description: 'Points in Qdrant; those that were replaced a moment ago are among them.' },
  missing_count: COUNT,
  orphan_count: COUNT,
  missing: { type: 'array', items: ID, description: 'Live points that Qdrant lacks, the first 1,000.' },
  orphans: { type: 'array', items: ID, description: 'Points in Qdrant that nothing accounts for, the first 1,000.' },
  in_sync: { type: 'boolean' },
  checked_at: TIME,
};

export const DRIFT_ANSWER = { type: 'object', properties: DRIFT, required: Object.keys(DRIFT) };

export const COLLECTION_DRIFT: EndpointOptions = {
  summary: 'Compare the points of a collection in Qdrant with what Postgres says.',
  description: 'Looks at every point, both ways. What it finds is put right by POST …/repair, and by the system itself in time.',
  permission: READ,
  answers: { 200: DRIFT_ANSWER },
  tag: 'Collections',
};

const LEFT = {
  deleted_at: TIME,
  deleted_by: { type: ['string', 'null'] },
  sql: {
    type: 'object',
    properties: {
      documents: COUNT,
      chunks: COUNT,
      points: COUNT,
      blob: { enum: ['gone', 'shared', 'pending'], description: 'Shared with a document that is there.' },
    },
    required: ['documents', 'chunks', 'points', 'blob'],
  },
  qdrant: { type: 'object', properties: { points: COUNT }, required: ['points'] },
  cache: { type: 'object', properties: { texts: { ...COUNT, description: 'Texts that were to be embedded.' } }, required: ['texts'] },
  complete: { type: 'boolean', description: 'Nothing is left anywhere.' },
  checked_at: TIME,
};

const receiptOf = (name: string) => ({
  type: 'object',
  properties: { [name]: ID, ...LEFT },
  required: [name, ...Object.keys(LEFT)],
});

const RECEIPT = { permission: READ, errors: ['conflict', 'forbidden'] } as const;

export const DOCUMENT_DELETION: EndpointOptions = {
  ...RECEIPT,
  summary: 'What is left of a deleted document, read back now.',
  description: 'Nobody finds anything of it; what is stored is removed within minutes, its content within an hour or two. Kept for 30 days by default.',
  answers: { 200: receiptOf('document_id') },
  tag: 'Documents',
};

export const COLLECTION_DELETION: EndpointOptions = {
  ...RECEIPT,
  summary: 'What is left of a deleted collection, read back now.',
  answers: { 200: receiptOf('collection_id') },
  tag: 'Collections',
};

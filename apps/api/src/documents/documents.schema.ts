import { DOCUMENT_STATUSES } from '@cairn/common';

// What the routes of documents answer, for the API's description.

const TEXT = { type: 'string' };
const ID = { type: 'string', format: 'uuid' };
const COUNT = { type: 'integer' };
const TIME = { type: 'string', format: 'date-time' };
const OR_NULL = (type: string) => ({ type: [type, 'null'] });

const DOCUMENT = {
  id: ID,
  collection_id: ID,
  source_id: OR_NULL('string'),
  external_id: TEXT,
  file_name: TEXT,
  file_path: OR_NULL('string'),
  title: OR_NULL('string'),
  mime_type: OR_NULL('string'),
  file_size: COUNT,
  content_hash: { type: 'string', description: 'SHA-256 of the content.' },
  metadata: { type: 'object' },
  facts: { type: 'object', description: 'What was found in the file: author, pages, dates; warnings.' },
  status: { enum: [...DOCUMENT_STATUSES] },
  is_indexed: { type: 'boolean' },
  error_message: OR_NULL('string'),
  error_code: OR_NULL('string'),
  chunk_count: COUNT,
  duplicate_of: { ...OR_NULL('string'), description: 'The oldest other document of the organisation with this content.' },
  job_id: OR_NULL('string'),
  created_at: TIME,
  updated_at: TIME,
  indexed_at: OR_NULL('string'),
};

const TEXTS = { type: 'array', items: TEXT };
const EXTRACTED = {
  keywords: { ...TEXTS, description: 'What its text is about, the weightiest first; only where extract_metadata is on.' },
  entities: {
    type: 'object',
    properties: { emails: TEXTS, urls: TEXTS, dates: TEXTS, amounts: TEXTS, phones: TEXTS, codes: TEXTS },
    description: 'What stands in its text, by kind; only where extract_metadata is on.',
  },
};

export const DOCUMENT_ANSWER = { type: 'object', properties: { ...DOCUMENT, ...EXTRACTED }, required: Object.keys(DOCUMENT) };

export const REPLACED_ANSWER = {
  type: 'object',
  properties: { operation_id: { ...OR_NULL('string'), format: 'uuid' }, ...DOCUMENT, ...EXTRACTED },
  required: ['operation_id', ...Object.keys(DOCUMENT)],
};

export const ACCEPTED_ANSWER = {
  type: 'object',
  properties: {
    operation_id: ID,
    documents: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: ID,
          external_id: TEXT,
          file_name: TEXT,
          status: { enum: ['pending', 'updated', 'unchanged', 'failed'] },
          duplicate_of: ID,
          error_message: TEXT,
        },
        required: ['id', 'external_id', 'file_name', 'status'],
      },
    },
  },
  required: ['operation_id', 'documents'],
};

const listOf = (name: string, item: object) => ({
  type: 'object',
  properties: { [name]: { type: 'array', items: item }, total: COUNT, page: COUNT, per_page: COUNT },
  required: [name, 'total', 'page', 'per_page'],
});

export const DOCUMENT_LIST_ANSWER = listOf('documents', DOCUMENT_ANSWER);

export const CHUNKS_ANSWER = listOf('chunks', {
  type: 'object',
  properties: {
    id: ID,
    index: COUNT,
    text: TEXT,
    start: { type: 'integer', description: 'In UTF-16 code units of the text of the document.' },
    end: COUNT,
    tokens: COUNT,
    page: COUNT,
    page_end: { ...COUNT, description: 'Of a chunk that goes on over several pages, the last.' },
    heading_path: { type: 'array', items: TEXT },
    time_start: { type: 'number' },
    time_end: { type: 'number' },
    metadata: { type: 'object', description: 'What came with the chunk where it was cut by somebody else.' },
  },
  required: ['id', 'index', 'text', 'start', 'end', 'tokens'],
});

export const LEDGER_ANSWER = listOf('points', {
  type: 'object',
  properties: {
    chunk_index: COUNT,
    chunk_id: ID,
    point_id: ID,
    stored_id: ID,
    model: TEXT,
    model_ver: TEXT,
    space: TEXT,
    job_id: OR_NULL('string'),
    attempt: OR_NULL('integer'),
  },
});

export const INDEXING_ANSWER = {
  type: 'object',
  properties: { indexed: COUNT, unindexed: COUNT, progress_percent: { type: 'integer', minimum: 0, maximum: 100 } },
  required: ['indexed', 'unindexed', 'progress_percent'],
};

export const DELETION_COUNT_ANSWER = {
  type: 'object',
  properties: { dry_run: { const: true }, matched: { type: 'integer', description: 'Documents that would be deleted.' } },
  required: ['dry_run', 'matched'],
};

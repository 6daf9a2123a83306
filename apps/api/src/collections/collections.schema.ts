import { COLLECTION_STATUSES, COLLECTION_TYPES, QUANTIZATIONS } from '@cairn/common';
import { OPERATION_ANSWER } from '../operations/operations.schema.js';

// What the routes of collections answer, for the API's description.

const TEXT = { type: 'string' };
const ID = { type: 'string', format: 'uuid' };
const COUNT = { type: 'integer' };
const TIME = { type: 'string', format: 'date-time' };

const COLLECTION = {
  id: ID,
  name: TEXT,
  description: TEXT,
  type: { enum: [...COLLECTION_TYPES] },
  owner_id: { type: 'integer', description: 'The user who made it; 0 for a key of the organisation.' },
  your_role: { enum: ['read', 'write', 'admin', 'owner'] },
  status: { enum: [...COLLECTION_STATUSES] },
  vector_store_name: TEXT,
  embedding_model: TEXT,
  quantization: { enum: [...QUANTIZATIONS] },
  chunk_size: COUNT,
  chunk_overlap: COUNT,
  chunking_strategy: TEXT,
  chunking_config: { type: 'object' },
  embed_context: { type: 'boolean' },
  extract_metadata: { type: 'boolean' },
  is_public: { type: 'boolean' },
  auto_maintenance: { type: 'boolean', description: 'Whether documents that failed by chance are tried again without being asked for.' },
  metadata: { type: 'object' },
  document_count: COUNT,
  failed_count: COUNT,
  total_chunks: COUNT,
  vector_count: { type: 'integer', description: 'The same as total_chunks.' },
  total_size_bytes: COUNT,
  created_at: TIME,
  updated_at: TIME,
};

const MOMENT = { type: ['string', 'null'], format: 'date-time' };

const INDEX = {
  id: ID,
  number: COUNT,
  state: { enum: ['building', 'serving', 'retired'], description: 'One serves; a retired one can be gone back to for a while.' },
  embedding_model: TEXT,
  quantization: { enum: [...QUANTIZATIONS] },
  chunk_size: COUNT,
  chunk_overlap: COUNT,
  chunking_strategy: TEXT,
  chunking_config: { type: 'object' },
  embed_context: { type: 'boolean' },
  extract_metadata: { type: 'boolean' },
  document_count: COUNT,
  chunk_count: COUNT,
  created_at: TIME,
  served_at: MOMENT,
  retired_at: MOMENT,
};

const SOURCE = {
  id: ID,
  source_path: TEXT,
  source_type: TEXT,
  config: { type: 'object' },
  document_count: COUNT,
  size_bytes: COUNT,
  created_at: TIME,
  last_indexed_at: MOMENT,
  sync: { type: 'object', properties: { every_minutes: { type: ['integer', 'null'], description: 'null: not by the clock.' } }, required: ['every_minutes'] },
  paused: { type: 'boolean' },
  next_run_at: MOMENT,
  last_run_at: MOMENT,
  last_error: { type: ['string', 'null'], description: 'Why the last run failed; null when it did not.' },
};

export const SOURCE_ANSWER = { type: 'object', properties: SOURCE, required: Object.keys(SOURCE) };

export const COLLECTION_ANSWER = { type: 'object', properties: COLLECTION, required: Object.keys(COLLECTION) };

export const CREATED_ANSWER = {
  type: 'object',
  properties: { ...COLLECTION, initial_operation_id: ID },
  required: [...Object.keys(COLLECTION), 'initial_operation_id'],
};

const FILLED = {
  ...COLLECTION,
  initial_operation_id: ID,
  operation_id: { ...ID, description: 'The operation that indexes the documents.' },
};

export const FILLED_ANSWER = { type: 'object', properties: FILLED, required: Object.keys(FILLED) };

export const DETAIL_ANSWER = {
  type: 'object',
  properties: {
    ...COLLECTION,
    indexes: { type: 'array', items: { type: 'object', properties: INDEX, required: Object.keys(INDEX) } },
    sources: { type: 'array', items: SOURCE_ANSWER },
    recent_operations: { type: 'array', items: OPERATION_ANSWER },
  },
  required: [...Object.keys(COLLECTION), 'indexes', 'sources', 'recent_operations'],
};

export const COLLECTION_LIST_ANSWER = {
  type: 'object',
  properties: { collections: { type: 'array', items: COLLECTION_ANSWER }, total: COUNT, page: COUNT, per_page: COUNT },
  required: ['collections', 'total', 'page', 'per_page'],
};

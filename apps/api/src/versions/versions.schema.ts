import { QUANTIZATIONS } from '@cairn/common';
import { COLLECTION_ANSWER } from '../collections/collections.schema.js';

// What the routes of versions answer, for the API's description.

const TEXT = { type: 'string' };
const COUNT = { type: 'integer' };

const VERSION = {
  version: { type: 'integer', description: 'Counted from 1, which is how the collection was before its first change.' },
  name: TEXT,
  description: TEXT,
  is_public: { type: 'boolean' },
  auto_maintenance: { type: 'boolean' },
  metadata: { type: 'object' },
  embedding_model: TEXT,
  quantization: { enum: [...QUANTIZATIONS] },
  chunk_size: COUNT,
  chunk_overlap: COUNT,
  chunking_strategy: TEXT,
  chunking_config: { type: 'object' },
  embed_context: { type: 'boolean' },
  extract_metadata: { type: 'boolean' },
  changed_by: { type: 'string', description: 'Who made the change that this was before, as user:<n> or key:<id>.' },
  changed_at: { type: 'string', format: 'date-time' },
};

export const VERSIONS_ANSWER = {
  type: 'object',
  properties: {
    versions: { type: 'array', items: { type: 'object', properties: VERSION, required: Object.keys(VERSION) } },
    total: COUNT,
    page: COUNT,
    per_page: COUNT,
  },
  required: ['versions', 'total', 'page', 'per_page'],
};

export const RESTORED_ANSWER = {
  type: 'object',
  properties: {
    ...COLLECTION_ANSWER.properties,
    operation_id: { type: ['string', 'null'], format: 'uuid', description: 'The reindex that brings back its settings; null where they are the same.' },
  },
  required: [...COLLECTION_ANSWER.required, 'operation_id'],
};

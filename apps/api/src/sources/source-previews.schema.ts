// What the routes of previews and kinds of sources answer, for the API's description.

const TEXT = { type: 'string' };
const COUNT = { type: 'integer' };

const EXTENSION = { type: 'object', properties: { extension: TEXT, files: COUNT, bytes: COUNT }, required: ['extension', 'files', 'bytes'] };
const NOTE = {
  type: 'object',
  properties: { reason: TEXT, count: COUNT, paths: { type: 'array', items: TEXT } },
  required: ['reason', 'count', 'paths'],
};
const ITEM = {
  type: 'object',
  properties: {
    path: TEXT,
    file_name: TEXT,
    size_bytes: { type: ['integer', 'null'] },
    modified_at: { type: ['string', 'null'], format: 'date-time' },
    mime_type: { type: ['string', 'null'] },
  },
  required: ['path', 'file_name', 'size_bytes', 'modified_at', 'mime_type'],
};

export const PREVIEW_ANSWER = {
  type: 'object',
  properties: {
    valid: { type: 'boolean' },
    reason: { type: 'string', description: 'Why it cannot be read; only when it is not valid.' },
    files: COUNT,
    bytes: COUNT,
    extensions: { type: 'array', items: EXTENSION },
    items: { type: 'array', items: ITEM },
    notes: { type: 'array', items: NOTE, description: 'What is there and would not be taken, by reason.' },
  },
  required: ['valid'],
};

const FIELD = {
  type: 'object',
  properties: { name: TEXT, description: TEXT, required: { type: 'boolean' }, secret: { type: 'boolean' }, default: {} },
  required: ['name', 'description', 'required', 'secret', 'default'],
};
const SOURCE_TYPE = {
  type: 'object',
  properties: {
    type: TEXT,
    summary: TEXT,
    source_path: { type: 'string', description: 'The field that `source_path` is.' },
    fields: { type: 'array', items: FIELD },
  },
  required: ['type', 'summary', 'source_path', 'fields'],
};

export const SOURCE_TYPES_ANSWER = { type: 'object', properties: { source_types: { type: 'array', items: SOURCE_TYPE } }, required: ['source_types'] };

// What the vector routes answer, for the API's description.

const TEXT = { type: 'string' };

export const EMBED_ANSWER = {
  type: 'object',
  properties: { job_id: { type: 'string', format: 'uuid' }, asset_id: TEXT, segment_id: TEXT },
  required: ['job_id', 'asset_id', 'segment_id'],
};

export const BATCH_ANSWER = {
  type: 'object',
  properties: { job_id: { type: 'string', format: 'uuid' }, asset_id: TEXT, segment_count: { type: 'integer' } },
  required: ['job_id', 'asset_id', 'segment_count'],
};

export const VECTOR_ANSWER = {
  type: 'object',
  properties: { point_id: TEXT, payload: { type: 'object' }, vector: { type: 'array', items: { type: 'number' } } },
  required: ['point_id', 'payload'],
};

export const DELETED_ANSWER = { type: 'object', properties: { deleted: { type: 'integer' } }, required: ['deleted'] };

import type { EvaluationView } from './evaluation.repository.js';

/** An evaluation as people see it. */
export function evaluationAnswer({ id, judgmentSetId, collectionIds, result, createdAt }: EvaluationView): object {
  return { id, judgment_set_id: judgmentSetId, status: 'completed', collection_ids: collectionIds, created_at: createdAt, ...result };
}

const NUMBER = { type: 'number' };
const ESTIMATE = {
  type: 'object',
  properties: {
    mean: NUMBER,
    ci95: { type: 'array', items: NUMBER, description: 'Where the mean would lie nineteen times out of twenty with other questions of the kind.' },
    n: { type: 'integer' },
  },
};
const METRICS = { type: 'object', additionalProperties: ESTIMATE };

const CONFIGURATION = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    metrics: METRICS,
    search_ms_p50: NUMBER,
    warnings: { type: 'array', items: { type: 'string' }, description: 'What the searches of it warned of, each once, with how many of them did.' },
  },
  required: ['name', 'metrics'],
};

const PROPERTIES = {
  id: { type: 'string' },
  judgment_set_id: { type: 'string' },
  status: { enum: ['completed'] },
  collection_ids: { type: 'array', items: { type: 'string' } },
  created_at: { type: 'string', format: 'date-time' },
  queries: { type: 'integer' },
  configurations: { type: 'array', items: CONFIGURATION },
  comparisons: {
    type: 'array',
    description: 'Each configuration against the first, question by question. `significant`: the interval does not contain 0.',
    items: {
      type: 'object',
      properties: {
        configuration: { type: 'string' },
        against: { type: 'string' },
        metrics: { type: 'object', additionalProperties: { type: 'object', properties: { ...ESTIMATE.properties, significant: { type: 'boolean' } } } },
      },
    },
  },
};

export const EVALUATION_ANSWER = { type: 'object', properties: PROPERTIES, required: ['id', 'judgment_set_id', 'status', 'configurations'] };

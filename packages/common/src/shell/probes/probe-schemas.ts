import type { JsonSchema } from '../validation/json-schema.js';

const IDENTITY = { service: { type: 'string' }, env: { type: 'string' }, version: { type: 'string' } };

export const HEALTH_SCHEMA: JsonSchema = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, ...IDENTITY, started_at: { type: 'string', format: 'date-time' } },
  required: ['ok', 'service', 'version', 'env', 'started_at'],
};

const DEPENDENCY: JsonSchema = {
  type: 'object',
  properties: {
    enabled: { type: 'boolean' },
    skipped: { type: 'boolean' },
    ok: { type: ['boolean', 'null'] },
    latency_ms: { type: ['number', 'null'] },
    attempts: { type: 'integer' },
    reason: { type: ['string', 'null'], description: 'timeout, connection_error, http_<code>, exception:<Name> or disabled' },
  },
};

export const READINESS_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    ...IDENTITY,
    ready: { type: 'boolean' },
    summary: { type: 'string', enum: ['ok', 'down', 'starting', 'draining', 'overloaded'] },
    deps: { type: 'object', additionalProperties: DEPENDENCY, description: 'By name: pg, redis, qdrant, gcs, nats, model. Absent with for=traffic.' },
  },
  required: ['service', 'env', 'version', 'ready', 'summary'],
};

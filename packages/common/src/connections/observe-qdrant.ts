import type { Metrics } from '../shell/metrics/metrics.js';

const OPERATIONS = ['upsert', 'search', 'count', 'scroll', 'delete', 'retrieve', 'read_marker', 'write_marker'] as const;
const OUTCOMES = ['ok', 'unavailable', 'refused', 'cancelled'] as const;

/** Counts and times the calls to Qdrant of this process; give it to the gateway as `observe`. */
export function observeQdrant(metrics: Metrics): (call: { operation: string; outcome: (typeof OUTCOMES)[number]; ms: number }) => void {
  const calls = metrics.counter({
    name: 'qdrant_calls_total',
    help: 'Calls to Qdrant by how they ended.',
    labels: { operation: OPERATIONS, outcome: OUTCOMES },
  });
  const seconds = metrics.histogram({
    name: 'qdrant_call_seconds',
    help: 'Duration of calls to Qdrant.',
    labels: { operation: OPERATIONS },
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  });
  return ({ operation, outcome, ms }) => {
    const known = operation as (typeof OPERATIONS)[number];
    calls.add(1, { operation: known, outcome });
    seconds.observe(ms / 1_000, { operation: known });
  };
}

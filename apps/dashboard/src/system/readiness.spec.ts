import { describe, expect, it } from '@jest/globals';
import { ageOf, partsOf, type Readiness, sentenceOf } from './readiness.js';

const well = { enabled: true, skipped: false, ok: true, latency_ms: 1.2, attempts: 1, reason: null };
const away = { ...well, ok: false, latency_ms: 1_784.9, reason: 'timeout' };
const off = { enabled: false, skipped: true, ok: null, latency_ms: null, attempts: 0, reason: 'disabled' };
const reading = (ready: boolean, deps: Readiness['deps'], summary: Readiness['summary'] = ready ? 'ok' : 'down'): Readiness => ({
  service: 'api',
  env: 'local',
  version: '0.1.0',
  ready,
  summary,
  ...(deps ? { deps } : {}),
});

describe('the system in words', () => {
  it('says that all is well, and shows only what is in use', () => {
    const all = reading(true, { pg: well, nats: well, redis: off });
    expect(sentenceOf(all)).toBe('Everything works.');
    expect(partsOf(all).map(({ name, state, latencyMs }) => [name, state, latencyMs])).toEqual([
      ['Postgres', 'works', 1.2],
      ['NATS', 'works', 1.2],
    ]);
  });

  it('says what is away and what that means for people, and puts it first', () => {
    const broken = reading(false, { pg: well, nats: away, qdrant: away });
    expect(sentenceOf(broken)).toBe(
      'NATS and Qdrant do not answer. Jobs are accepted and wait. Searches are refused; new vectors are accepted and wait. What was accepted is kept.',
    );
    expect(partsOf(broken).map(({ name, reason, latencyMs }) => [name, reason, latencyMs])).toEqual([
      ['NATS', 'timeout', undefined],
      ['Qdrant', 'timeout', undefined],
      ['Postgres', undefined, 1.2],
    ]);
  });

  it('does not call a system that is starting broken', () => {
    expect(sentenceOf(reading(false, undefined, 'starting'))).toBe('The system is starting.');
    expect(sentenceOf(reading(false, { model: away }))).toBe('model does not answer. What was accepted is kept.');
  });

  it('gives every figure its age', () => {
    expect([0, 59_400, 60_000, 7_300_000].map(ageOf)).toEqual(['0 s ago', '59 s ago', '1 min ago', '2 h ago']);
  });
});

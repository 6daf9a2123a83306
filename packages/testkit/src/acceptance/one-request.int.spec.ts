import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connectNats, NatsConfig } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { type ApiClient, devToken } from '../system/api-client.js';
import { SERVICES, type ServiceName } from '../system/service-process.js';
import { natsUrlOf, TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { StoredPoints } from './stored-points.js';
import { type CollectedSpan, TraceCollector } from './trace-collector.js';

jest.setTimeout(60_000);

/** A word that is nowhere else: wherever it turns up, a text was left lying. */
const CANARY = `kanarie${randomUUID().replaceAll('-', '').slice(0, 12)}`;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CORRELATION = `corr-${randomUUID()}`;
const NAMES = Object.keys(SERVICES) as ServiceName[];

let collector: TraceCollector;
let system: TestSystem;
let client: ApiClient;
let nats: NatsConnection;
const bells: Msg[] = [];
let job: string;

beforeAll(async () => {
  collector = await TraceCollector.start();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '200', LOG_LEVEL: 'debug' };
  system = await TestSystem.start({ env });
  client = system.client();
  nats = await connectNats(Object.assign(new NatsConfig(), { urls: [natsUrlOf(system.stack)] }), 'test');
  nats.subscribe(`${system.namespace}.jobs.>`, { callback: (_error, message) => void bells.push(message) });
  await nats.flush();
  await everyWayThatATextTakes();
}, 120_000);
afterAll(async () => {
  await nats?.close();
  await system?.stop();
  collector?.close();
});

const TRACED = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, 'x-correlation-id': CORRELATION };

async function everyWayThatATextTakes(): Promise<void> {
  job = await client.embed('asset', 's', `first the ${CANARY} sings`, TRACED);
  await client.done(job);
  await client.done(await client.embed('asset', 'keyed', `then the ${CANARY} sings under a key`, { 'idempotency-key': 'one-key' }));
  const batch = { asset_id: 'batch', segments: ['a', 'b'].map((segment_id) => ({ segment_id, text: `and ${CANARY} in ${segment_id}` })) };
  await client.done((await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', batch)).job_id);
  const { results } = await client.search(`where does the ${CANARY} sing?`);
  expect(results.length).toBe(4);
  for (const body of [
    { asset_id: 1, segment_id: 's', text: CANARY },
    { asset_id: 'a', segment_id: 's', text: { deep: CANARY } },
    { asset_id: 'a', segment_id: 's', text: CANARY, model: 'nope' },
  ])
    expect((await client.call('POST', '/vectors/embed', body)).status).toBeGreaterThanOrEqual(400);
  const malformed = await fetch(`${system.baseUrl}/vectors/embed`, {
    method: 'POST',
    headers: { authorization: `Bearer ${devToken(client.person)}`, 'content-type': 'application/json' },
    body: `{"text": "${CANARY}`,
  });
  expect(malformed.status).toBe(400);
}

const logOf = (name: ServiceName): string => readFileSync(system.service(name).options.logFile, 'utf8');
const linesOf = (name: ServiceName): Record<string, unknown>[] =>
  logOf(name)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('one request on its way', () => {
  it('O3: has one trace from the api over the outbox row and the message to the worker and Qdrant', async () => {
    const mine = () => collector.spans.filter((span) => span.traceId === TRACE);
    const named = (service: string, name: RegExp) => mine().find((span) => span.service === service && name.test(span.name));
    const spans = await until('the spans of the worker', async () => {
      const found = { api: named('api', /^POST \/vectors\/embed$/), job: named('worker', /^job$/), qdrant: named('worker', /^qdrant upsert$/) };
      return Object.values(found).every((span) => span !== undefined) && (found as Record<string, CollectedSpan>);
    });
    expect(spans.api?.parentSpanId).toBe('00f067aa0ba902b7');
    const [row] = await system.database.sql<{ traceparent: string }>('SELECT traceparent FROM jobs WHERE id = $1', [job]);
    expect(row?.traceparent.split('-')[1]).toBe(TRACE);
    const bell = bells.find((message) => message.json<{ job_id: string }>().job_id === job);
    expect(bell?.headers?.get('traceparent').split('-')[1]).toBe(TRACE);
    const byId = new Map(mine().map((span) => [span.spanId, span]));
    expect(ancestorsOf(spans.qdrant as CollectedSpan, byId)).toContain(spans.job?.spanId);
    expect(mine().some((span) => span.service === 'worker' && /^pg|postgres|^INSERT|^WITH|^UPDATE|^SELECT/i.test(span.name))).toBe(true);
  });

  it('O3: another request has another trace', async () => {
    const traces = new Set(bells.map((message) => message.headers?.get('traceparent').split('-')[1]));
    expect([bells.length >= 3, traces.size >= 3]).toEqual([true, true]);
  });

  it('O4: has one correlation id, in the answer, the message and the log lines of api and worker', async () => {
    const bell = bells.find((message) => message.json<{ job_id: string }>().job_id === job);
    expect(bell?.headers?.get('X-Correlation-ID')).toBe(CORRELATION);
    const ofApi = linesOf('api').filter((line) => line.correlationId === CORRELATION);
    const ofWorker = linesOf('worker').filter((line) => line.correlationId === CORRELATION);
    expect(ofApi.map((line) => line.msg)).toContain('request answered');
    expect(ofWorker).toContainEqual(expect.objectContaining({ msg: 'job attempt ended', jobId: job, orgId: client.person.org, outcome: 'succeeded' }));
    for (const line of [...ofApi, ...ofWorker])
      expect(line).toMatchObject({ service: expect.any(String), level: expect.any(String), time: expect.any(String), traceId: TRACE });
  });
});

describe('the text of a request', () => {
  it('T13: is in no table once the job has succeeded', async () => {
    const tables = await system.database.sql<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
    expect(tables.length).toBeGreaterThan(10);
    const found: Record<string, number> = {};
    for (const { name } of tables) {
      const [row] = await system.database.sql<{ hits: number }>(`SELECT count(*)::int AS hits FROM ${name} t WHERE to_jsonb(t)::text ILIKE $1`, [
        `%${CANARY}%`,
      ]);
      if (row?.hits) found[name] = row.hits;
    }
    expect(found).toEqual({});
  });

  it('T13: is in no point of Qdrant, and no text is', async () => {
    const points = (await new StoredPoints(system).all()).filter((point) => point.payload.org_id === client.person.org);
    expect(points.length).toBe(4);
    for (const { payload } of points)
      expect(Object.keys(payload).sort()).toEqual(['asset_id', 'model', 'model_ver', 'org_id', 'point_id', 'segment_id', 'token']);
    expect(JSON.stringify(points)).not.toContain(CANARY);
  });

  it('T13: is in no message of the job stream', () => {
    expect(bells.length).toBeGreaterThanOrEqual(3);
    for (const message of bells) expect(Object.keys(message.json<object>()).sort()).toEqual(['job_id', 'org_id']);
  });

  it('T13: is in no log line, not even at debug, and neither is a token', () => {
    const token = devToken(client.person).split('.')[2] as string;
    for (const name of NAMES) {
      expect(linesOf(name).length).toBeGreaterThan(0);
      expect([name, logOf(name).includes(CANARY)]).toEqual([name, false]);
      expect([name, logOf(name).includes(token)]).toEqual([name, false]);
    }
    expect(linesOf('api').some((line) => line.level === 'debug')).toBe(true);
  });

  it('T13: is in no metric and in no trace', async () => {
    for (const name of NAMES) {
      const text = await (await fetch(`${system.service(name).url}/metrics`)).text();
      expect([name, /^cairn_\w+/m.test(text), text.includes(CANARY), text.includes(client.person.org)]).toEqual([name, true, false, false]);
    }
    expect(collector.bodies.length).toBeGreaterThan(0);
    expect(collector.bodies.some((body) => body.includes(CANARY))).toBe(false);
  });

  it('T13: is kept for a retry when a job was cancelled, and goes when its time is over', async () => {
    const segments = Array.from({ length: 100 }, (_, index) => ({ segment_id: `s${index}`, text: `the ${CANARY} waits for a retry ${index}` }));
    const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: 'kept', segments });
    await client.ok('DELETE', `/jobs/${job_id}`);
    const kept = async () => (await system.database.sql('SELECT 1 FROM job_inputs WHERE job_id = $1', [job_id])).length;
    expect(await kept()).toBe(100);
    await client.ok('POST', `/jobs/${job_id}/retry`);
    await client.done(job_id);
    expect(await kept()).toBe(0);
  });
});

function ancestorsOf(span: CollectedSpan, byId: Map<string, CollectedSpan>): string[] {
  const parent = span.parentSpanId ? byId.get(span.parentSpanId) : undefined;
  return parent ? [parent.spanId, ...ancestorsOf(parent, byId)] : [];
}

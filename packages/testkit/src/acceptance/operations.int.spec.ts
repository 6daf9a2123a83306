import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Stack, startStack } from '@cairn/stack';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiClient, devToken } from '../system/api-client.js';
import { SERVICES, type ServiceName } from '../system/service-process.js';
import { sharedStack } from '../system/shared-stack.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { readSocket } from './read-socket.js';
import { readSse } from './read-sse.js';

jest.setTimeout(120_000);

const NAMES = Object.keys(SERVICES) as ServiceName[];
const DISABLED = { enabled: false, skipped: true, ok: null, latency_ms: null, attempts: 0, reason: 'disabled' };

let own: Stack;
let system: TestSystem;
beforeAll(async () => {
  own = await startStack({ servers: ['qdrant'] });
  system = await TestSystem.start({ stack: { ...sharedStack(), qdrant: own.describe().qdrant } });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await own?.stop();
});

interface Ready {
  status: number;
  ms: number;
  body: { service: string; env: string; version: string; ready: boolean; summary: string; deps: Record<string, typeof DISABLED> };
}

async function readyz(name: ServiceName, query = ''): Promise<Ready> {
  const startedAt = Date.now();
  const answer = await fetch(`${system.service(name).url}/readyz${query}`);
  return { status: answer.status, body: (await answer.json()) as Ready['body'], ms: Date.now() - startedAt };
}

const allReady = () =>
  until('every service to be ready', async () => (await Promise.all(NAMES.map((name) => readyz(name)))).every(({ status }) => status === 200));

describe('probes', () => {
  it('O1: with everything there each service is ready and names what it asked', async () => {
    await allReady();
    const expected: Record<ServiceName, string[]> = {
      api: ['pg', 'nats', 'qdrant'],
      search: ['pg', 'nats', 'qdrant', 'model'],
      dispatcher: ['pg', 'nats', 'qdrant'],
      worker: ['pg', 'nats', 'qdrant', 'model'],
    };
    for (const name of NAMES) {
      const { body } = await readyz(name);
      expect(body).toMatchObject({ env: 'test', version: expect.any(String), ready: true, summary: 'ok' });
      for (const dependency of expected[name])
        expect([name, dependency, body.deps[dependency]]).toEqual([
          name,
          dependency,
          expect.objectContaining({ enabled: true, ok: true, attempts: 1, reason: null }),
        ]);
      for (const dependency of ['redis', 'gcs']) expect(body.deps[dependency]).toEqual(DISABLED);
    }
  });

  it('O1: without Qdrant each service says so within its time, keeps its traffic, and takes work that waits', async () => {
    const client = system.client();
    await client.done(await client.embed('before', 's', 'written before the outage'));
    await own.kill('qdrant');
    try {
      for (const name of NAMES) {
        const { status, body, ms } = await readyz(name);
        expect([name, status, body.ready, body.summary]).toEqual([name, 503, false, 'down']);
        expect(body.deps.qdrant).toMatchObject({ enabled: true, ok: false, reason: 'connection_error', attempts: 3 });
        expect(body.deps.pg).toMatchObject({ ok: true });
        expect(ms).toBeLessThan(6_000);
        expect([name, (await readyz(name, '?for=traffic')).status]).toEqual([name, 200]);
        expect((await fetch(`${system.service(name).url}/healthz`)).status).toBe(200);
      }
      const found = await client.call('POST', '/vectors/search', { query: 'written before the outage' });
      expect(found).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(Number(found.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await own.start('qdrant');
    }
    await allReady();
    expect((await client.search('written before the outage')).results).toHaveLength(1);
  });

  it('F6: work that was sent while Qdrant was away is done when it is back, and no attempt is used up', async () => {
    const client = system.client();
    await own.kill('qdrant');
    let jobs: string[];
    try {
      jobs = await Promise.all(['a', 'b', 'c'].map((segment) => client.embed('outage', segment, `sent while it was away ${segment}`)));
      await until('the jobs to be tried', async () => (await Promise.all(jobs.map((id) => client.job(id)))).every((job) => job.attempts.length > 0));
    } finally {
      await own.start('qdrant');
    }
    for (const id of jobs) expect((await client.done(id)).attempt).toBe(0);
    expect((await client.search('sent while it was away')).results).toHaveLength(3);
  });

  it('O1: a Qdrant that hangs is a timeout, and the probe waits no longer than it is allowed', async () => {
    await own.pause('qdrant');
    try {
      const { status, body, ms } = await readyz('api');
      expect([status, body.deps.qdrant]).toEqual([503, expect.objectContaining({ ok: false, reason: 'timeout', attempts: 3 })]);
      expect(ms).toBeLessThan(6_000); // three attempts of 500 ms and two pauses
    } finally {
      own.resume('qdrant');
    }
    await allReady();
  });

  it('O1: a dependency that is switched off is not asked, and its absence is no outage', async () => {
    await own.kill('qdrant');
    try {
      await system.restart('api', { ENABLE_QDRANT: 'false' });
      const { status, body } = await readyz('api');
      expect([status, body.ready, body.deps.qdrant]).toEqual([200, true, DISABLED]);
    } finally {
      await own.start('qdrant');
      await system.restart('api');
    }
    await allReady();
  });
});

/** A client as it should be: what was not answered with a success is sent again, with the same key. */
async function insist(client: ApiClient, path: string, body: object): Promise<string> {
  const headers = { 'idempotency-key': randomUUID() };
  return until(`an answer to ${path}`, async () => {
    const reply = await client.call<{ job_id: string; code?: string }>('POST', path, body, headers);
    if (reply.status === 200) return reply.body.job_id;
    if (reply.status !== 503 && reply.status !== 409) throw new Error(`${path} answered ${reply.status} ${reply.body.code}`);
    return undefined;
  });
}

/** Sends work without a pause until told to stop; resolves with what was accepted. */
function load(client: ApiClient): { stop(): Promise<string[]> } {
  let over = false;
  const accepted: string[] = [];
  const loops = Array.from({ length: 4 }, async (_, loop) => {
    for (let index = 0; !over; index++) {
      const path = loop % 2 ? '/vectors/mock' : '/vectors/embed';
      accepted.push(await insist(client, path, { asset_id: `load-${loop}`, segment_id: `s${index}`, text: `text ${index} of loop ${loop}` }));
    }
  });
  return {
    stop: async () => {
      over = true;
      await Promise.all(loops);
      return accepted;
    },
  };
}

describe('SIGTERM', () => {
  for (const name of NAMES) {
    it(`O6: ${name} ends in order under load: exit code 0 in time, and nothing that was accepted is lost`, async () => {
      const client = system.client();
      const work = load(client);
      await until(
        'some work to be under way',
        async () => (await system.database.sql(`SELECT 1 FROM jobs WHERE org_id = $1 LIMIT 20`, [client.person.org])).length >= 10,
      );
      const service = system.service(name);
      const toldAt = Date.now();
      service.signal('SIGTERM');
      expect(await service.gone(25_000)).toBe(0);
      expect(Date.now() - toldAt).toBeLessThan(20_000);
      service.start();
      await service.ready();
      const accepted = await work.stop();
      expect(new Set(accepted).size).toBe(accepted.length);
      const ends = await until('every job to have ended', async () => {
        const rows = await system.database.sql<{ state: string; attempts: number; jobs: number }>(
          'SELECT state, attempts, count(*)::int AS jobs FROM jobs WHERE org_id = $1 GROUP BY 1, 2',
          [client.person.org],
        );
        return rows.every((row) => row.state !== 'queued' && row.state !== 'running') && rows;
      });
      expect(ends).toEqual([{ state: 'succeeded', attempts: 1, jobs: accepted.length }]);
      for (const id of [accepted.at(0), accepted.at(-1)]) expect((await client.job(id as string)).status).toBe('completed');
      expect(await system.database.sql('SELECT 1 FROM job_inputs WHERE org_id = $1', [client.person.org])).toEqual([]);
    });
  }

  it('O6: a job that takes longer than the shutdown may is handed to another worker, and its attempt is not counted', async () => {
    const client = system.client();
    const segments = Array.from({ length: 1_000 }, (_, index) => ({
      segment_id: `s${index}`,
      text: `${index} ${'a long sentence that takes the model its time '.repeat(40)}`,
    }));
    const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', { asset_id: 'long', segments });
    await until('the job to run', async () => (await client.job(job_id)).status === 'processing');
    const worker = system.service('worker');
    worker.signal('SIGTERM');
    expect(await worker.gone(25_000)).toBe(0);
    const job = await client.job(job_id);
    expect([job.status, job.attempt, job.attempts.map((attempt) => attempt.outcome)]).toEqual(['pending', 0, ['given_back']]);
    worker.start();
    await worker.ready();
    await until('the job to run again', async () => (await client.job(job_id)).attempts.length === 2);
    expect((await client.job(job_id)).attempt).toBe(0);
    await client.ok('DELETE', `/jobs/${job_id}`);
  });

  it('O6: open streams end with it, also those whose readers have gone to sleep', async () => {
    const client = system.client();
    const token = devToken(client.person);
    const opened: Promise<unknown>[] = [];
    const open = () => {
      let tell: () => void = () => undefined;
      opened.push(
        new Promise<void>((resolve) => {
          tell = resolve;
        }),
      );
      return tell;
    };
    const [streamOpen, socketOpen] = [open(), open()];
    const stream = readSse(`${system.baseUrl}/events`, token, { onOpen: streamOpen });
    const socket = readSocket(`${system.baseUrl}/events/ws`, { protocols: [`access_token.${token}`], onOpen: socketOpen });
    const asleep = connect(Number(new URL(system.baseUrl).port), '127.0.0.1').pause();
    await once(asleep, 'connect');
    asleep.write(`GET /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`);
    await Promise.all(opened);
    const service = system.service('api');
    const toldAt = Date.now();
    service.signal('SIGTERM');
    expect(await service.gone(25_000)).toBe(0);
    expect(Date.now() - toldAt).toBeLessThan(8_000);
    expect((await stream).ended).toBe(true);
    expect((await socket).code).toBe(1001);
    asleep.destroy();
    service.start();
    await service.ready();
  });
});

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import type { ServiceProcess } from '../system/service-process.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(120_000);

interface Told {
  worker: number;
  event_type: 'acquire' | 'release' | 'lost';
  fence: string;
  timestamp: string;
}

const DEVICE = 'shared-gpu';

let system: TestSystem;
let client: ApiClient;
let workers: ServiceProcess[];
beforeAll(async () => {
  system = await TestSystem.start({ extra: { worker: 1 }, env: { MODEL_DEVICE: DEVICE, MODEL_DEVICE_TURN_SECONDS: '1', WORKER_SLOTS: '4' } });
  client = system.client();
  workers = [system.service('worker'), system.service('worker', 1)];
}, 120_000);
afterAll(() => system?.stop());

const toldBy = (worker: number): Told[] =>
  (workers[worker] as ServiceProcess)
    .log()
    .split('\n')
    .filter((line) => line.includes(`"device":"${DEVICE}"`) && line.includes('event_type'))
    .map((line) => ({ worker, ...JSON.parse(line) }));
const told = (): Told[] => [...toldBy(0), ...toldBy(1)].sort((a, b) => Number(BigInt(a.fence) - BigInt(b.fence)));
const acquiredBy = (worker: number): number => toldBy(worker).filter(({ event_type }) => event_type === 'acquire').length;

let sent = 0;
const send = async (): Promise<string> => {
  const segment = `segment-${sent++}`;
  const body = { asset_id: 'device', segment_id: segment, text: `a text that is new: ${segment}` };
  return (await client.ok<{ job_id: string }>('POST', '/vectors/embed', body)).job_id;
};
const holder = async (): Promise<number | undefined> => {
  const [row] = await system.database.sql<{ holder: string }>(`SELECT holder FROM device_leases WHERE device = $1 AND lease_until > clock_timestamp()`, [
    DEVICE,
  ]);
  const at = workers.findIndex((worker) => row?.holder.includes(`.${worker.pid}.`));
  return at < 0 ? undefined : at;
};

it('E12: two workers take turns on one device, never both at once, and do every job', async () => {
  const before = [acquiredBy(0), acquiredBy(1)] as const;
  const jobs: string[] = [];
  await until(
    'both workers to have had a turn',
    async () => {
      jobs.push(...(await Promise.all(Array.from({ length: 4 }, send))));
      return acquiredBy(0) > before[0] && acquiredBy(1) > before[1];
    },
    60_000,
  );
  for (const job of jobs) await client.done(job);

  const events = told();
  expect(events.map(({ fence }) => Number(fence))).toEqual(events.map((_, at) => Math.floor(at / 2) + 1));
  for (let at = 0; at + 1 < events.length; at += 2) {
    const [acquired, ended] = events.slice(at, at + 2) as [Told, Told];
    expect([acquired.event_type, ended.event_type, ended.worker]).toEqual(['acquire', 'release', acquired.worker]);
    expect(acquired.timestamp <= ended.timestamp).toBe(true);
    const next = events[at + 2];
    if (next) expect(ended.timestamp <= next.timestamp).toBe(true);
  }
});

it('E12: a holder that is stopped for longer than its lease loses the device; the other does the jobs, and the woken one takes its turn anew', async () => {
  const jobs = await Promise.all(Array.from({ length: 8 }, send));
  const stopped = await until('a worker to hold the device', async () => {
    const at = await holder();
    return at === undefined ? undefined : { at };
  });
  const [asleep, awake] = [workers[stopped.at] as ServiceProcess, 1 - stopped.at];
  await asleep.freeze();
  const fence = BigInt((told().at(-1) as Told).fence);
  jobs.push(...(await Promise.all(Array.from({ length: 8 }, send))));
  await until('the other worker to take the device', async () => toldBy(awake).some((event) => BigInt(event.fence) > fence));
  asleep.thaw();
  await until('the woken worker to notice', async () => toldBy(stopped.at).some(({ event_type }) => event_type === 'lost'));
  for (const job of jobs) await client.done(job);

  // It computes again only once it has a newer lease than whoever had the device meanwhile.
  const lost = toldBy(stopped.at).findIndex(({ event_type }) => event_type === 'lost');
  const again = await until(
    'the woken worker to take its turn',
    async () => {
      await client.done(await send());
      return toldBy(stopped.at)[lost + 1];
    },
    60_000,
  );
  expect(again.event_type).toBe('acquire');
  expect(BigInt(again.fence)).toBeGreaterThan(fence + 1n);
});

it('E12: /readyz and the metrics of a worker say whose turn it is', async () => {
  const at = await until('a worker to hold the device', async () => {
    await client.done(await send());
    const found = await holder();
    return found === undefined ? undefined : { found };
  });
  const { url } = workers[at.found] as ServiceProcess;
  const { device } = (await (await fetch(`${url}/readyz?verbose`)).json()) as { device: object };
  expect(device).toEqual({ model: expect.anything(), fence: expect.stringMatching(/^\d+$/), waiting: expect.any(Number) });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/cairn_device_lease_events_total\{event="acquire"[^}]*\} [1-9]/);
  expect(metrics).toMatch(/cairn_device_wait_seconds_count/);
});

import { pause } from '@cairn/common';
import type { ServerName } from '@cairn/stack';
import { SERVICES, type ServiceName } from '../system/service-process.js';
import { until } from '../system/wait.js';
import type { Chaos } from './chaos.js';
import { STANDSTILL_MS } from './crash-points.js';

export interface Fault {
  cell: string;
  /** Does it, and answers how we know that it took place. */
  strike(chaos: Chaos): Promise<string>;
}

const DRAINS_WITHIN_MS = 20_000;

/** A server dies and stays away for a while. */
function kill(server: ServerName, downMs: number): Fault {
  return {
    cell: `${server} killed, ${downMs / 1_000} s down`,
    strike: async ({ stack }) => {
      const { pid } = stack.units[server];
      await stack.kill(server);
      await pause(downMs);
      await stack.start(server);
      return `pid ${pid} ended, ${stack.units[server].pid} took its place`;
    },
  };
}

/** A server dies and comes back with nothing. */
function wipe(server: 'nats' | 'qdrant'): Fault {
  return {
    cell: `${server} killed, its store deleted`,
    strike: async ({ stack }) => {
      await stack.wipe(server);
      await stack.start(server);
      return 'the store was removed';
    },
  };
}

/** A server keeps its connections and says nothing. */
function hang(server: ServerName): Fault {
  return {
    cell: `${server} hangs for ${STANDSTILL_MS / 1_000} s`,
    strike: async ({ stack }) => {
      await stack.pause(server);
      await pause(STANDSTILL_MS);
      stack.resume(server);
      return `pid ${stack.units[server].pid} was stopped`;
    },
  };
}

const postgresCrashes: Fault = {
  cell: 'postgres stopped at once and restarted',
  strike: async ({ stack }) => {
    const { pid } = stack.units.postgres;
    await stack.stop('postgres', { immediate: true });
    await stack.start('postgres');
    return `pid ${pid} ended, ${stack.units.postgres.pid} took its place`;
  },
};

const backendsTerminated: Fault = {
  cell: 'all connections to postgres cut',
  strike: async ({ system }) => {
    const cut = await system.database.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'cairn-%'`,
    );
    if (cut.length === 0) throw new Error('there was no connection to cut');
    return `${cut.length} connections ended`;
  },
};

/** A service dies wherever it happens to be. */
function serviceDies(name: ServiceName): Fault {
  return {
    cell: `${name} killed at any moment`,
    strike: async ({ system }) => {
      const service = system.service(name);
      const { pid } = service;
      await service.kill();
      service.start();
      await service.ready();
      return `pid ${pid} ended by SIGKILL`;
    },
  };
}

/** As a rollout does it: told to end, it finishes what it has, and another takes its place. */
function serviceRolls(name: ServiceName): Fault {
  return {
    cell: `${name} ended by SIGTERM and replaced`,
    strike: async ({ system }) => {
      const service = system.service(name);
      const startedAt = performance.now();
      service.signal('SIGTERM');
      const end = await service.gone(DRAINS_WITHIN_MS);
      if (end !== 0) throw new Error(`${name} ended with ${end} at SIGTERM`);
      service.start();
      await service.ready();
      return `exit 0 after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
    },
  };
}

/** The unlucky service stands still wherever it happens to be, for longer than a lease. */
function serviceStands(name: ServiceName): Fault {
  return {
    cell: `${name} stands still for ${STANDSTILL_MS / 1_000} s`,
    strike: async ({ system }) => {
      const service = system.service(name);
      await service.freeze();
      await pause(STANDSTILL_MS);
      service.thaw();
      await until(`${name} to answer again`, async () => (await fetch(`${service.url}/healthz`, { signal: AbortSignal.timeout(1_000) })).ok);
      return `pid ${service.pid} was stopped`;
    },
  };
}

const NAMES = Object.keys(SERVICES) as ServiceName[];

/** Faults of whole processes, with the number of seconds that a server is away. */
export function processFaults(downMs: number): { servers: Fault[]; services: Fault[] } {
  const servers = [
    kill('nats', downMs),
    wipe('nats'),
    hang('nats'),
    kill('qdrant', downMs),
    wipe('qdrant'),
    hang('qdrant'),
    postgresCrashes,
    backendsTerminated,
  ];
  return { servers, services: [...NAMES.map(serviceDies), ...NAMES.map(serviceRolls), ...NAMES.map(serviceStands)] };
}

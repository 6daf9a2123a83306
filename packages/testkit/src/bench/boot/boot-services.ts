import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPorts, type StackFacts, urlsForDatabase } from '@cairn/stack';
import { SERVICES, type ServiceName, ServiceProcess } from '../../system/service-process.js';
import { natsUrlOf } from '../../system/test-system.js';

const NAMES = Object.keys(SERVICES) as ServiceName[];

/** Starts all four services at once on a database that is migrated, resolves when each says it is ready, and answers how to end them. */
export async function bootServices(stack: StackFacts, database: string): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-boot-'));
  const ports = await findPorts(Object.fromEntries(NAMES.map((name) => [name, undefined])) as Record<ServiceName, undefined>);
  const services = NAMES.map((name) => {
    const env = { ...environmentOf(stack, database, ports), BLOB_DIR: join(folder, 'blobs'), CAIRN_SERVICE: SERVICES[name] };
    return new ServiceProcess({ name, env, port: ports[name], logFile: join(folder, `${name}.log`) });
  });
  for (const service of services) service.start();
  await Promise.all(services.map((service) => service.ready()));
  return async () => {
    await Promise.all(services.map((service) => service.kill()));
    rmSync(folder, { recursive: true });
  };
}

function environmentOf(stack: StackFacts, database: string, ports: Record<ServiceName, number>): Record<string, string> {
  const { appUrl, workerUrl, dispatchUrl } = urlsForDatabase(stack.postgres, database);
  return {
    CAIRN_ENV: 'local',
    CAIRN_NAMESPACE: 'bench',
    LOG_LEVEL: 'info',
    PROBE_FAILURE_CACHE_SEC: '0',
    DATABASE_URL: appUrl,
    DATABASE_WORKER_URL: workerUrl,
    DATABASE_DISPATCH_URL: dispatchUrl,
    NATS_URL: natsUrlOf(stack),
    QDRANT_URL: stack.qdrant.url,
    QDRANT_API_KEY: stack.qdrant.apiKey,
    QDRANT_GRPC_URL: `http://127.0.0.1:${stack.qdrant.grpcPort}`,
    SEARCH_URL: `http://127.0.0.1:${ports.search}`,
  };
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPorts, Guard, type StackFacts } from '@cairn/stack';
import { ApiClient, newPerson, type Person } from './api-client.js';
import { type ServiceName, ServiceProcess } from './service-process.js';
import { sharedStack } from './shared-stack.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

export interface SystemOptions {
  /** Servers to use; those of `npm test` when left out. */
  stack?: StackFacts;
  env?: Record<string, string>;
  /** Only these, where a test needs no more; all four when left out. */
  services?: ServiceName[];
  /** Further instances of a service. */
  extra?: Partial<Record<ServiceName, number>>;
}

/** Short leases and waits, so that recovery fits into a test. */
const QUICK = {
  CAIRN_ENV: 'test',
  LEASE_MS: '1500',
  SWEEP_MS: '250',
  DISPATCH_POLL_MS: '250',
  RE_RING_MS: '2000',
  COLLECT_MS: '500',
  TIDY_MS: '500',
  RECONCILE_MS: '500',
  RECONCILE_FULL_MS: '3000',
  RETRY_BACKOFF_MS: '100',
  PROBE_CACHE_SEC: '0',
  PROBE_FAILURE_CACHE_SEC: '0',
  LOG_LEVEL: 'info',
};

const ORDER: ServiceName[] = ['worker', 'dispatcher', 'search', 'api'];

/** The whole system as processes, on a database and a namespace of its own. */
export class TestSystem {
  readonly folder = mkdtempSync(join(tmpdir(), 'cairn-test-'));
  private readonly guard = new Guard();
  private readonly processes = new Map<string, ServiceProcess>();

  private constructor(
    readonly stack: StackFacts,
    readonly database: TestDatabase,
    readonly namespace: string,
    private readonly ports: Record<string, number>,
    private readonly env: Record<string, string>,
  ) {}

  static async start(options: SystemOptions = {}): Promise<TestSystem> {
    const stack = options.stack ?? sharedStack();
    const database = await createTestDatabase(stack.postgres);
    const names = ORDER.flatMap((name) => Array.from({ length: 1 + (options.extra?.[name] ?? 0) }, (_, index) => nameOf(name, index)));
    const wanted = names.filter((name) => options.services?.includes(name.replace(/-\d+$/, '') as ServiceName) ?? true);
    const ports = await findPorts(Object.fromEntries(names.map((name) => [name, undefined])));
    const system = new TestSystem(stack, database, `t${randomBytes(4).toString('hex')}`, ports, options.env ?? {});
    mkdirSync(system.sources);
    try {
      for (const name of wanted) system.create(name).start();
      await Promise.all([...system.processes.values()].map((service) => service.ready()));
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  /** Where sources may lie that are folders of this machine. */
  get sources(): string {
    return join(this.folder, 'sources');
  }

  get baseUrl(): string {
    return this.service('api').url;
  }

  /** The service, or its instance number `index`. */
  service(name: ServiceName, index = 0): ServiceProcess {
    const found = this.processes.get(nameOf(name, index));
    if (!found) throw new Error(`There is no ${nameOf(name, index)} in this system`);
    return found;
  }

  client(person: Person = newPerson()): ApiClient {
    return new ApiClient(this.baseUrl, person);
  }

  /** Kills the service and starts it again, with other variables if given. */
  async restart(name: ServiceName, env: Record<string, string> = {}): Promise<ServiceProcess> {
    const service = this.service(name);
    await service.kill();
    service.start(env);
    await service.ready();
    return service;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((service) => service.kill()));
    await this.guard.close();
    await this.database.close();
  }

  private create(instance: string): ServiceProcess {
    const name = instance.replace(/-\d+$/, '') as ServiceName;
    const { urls } = this.database;
    const databaseUrls: Record<ServiceName, Record<string, string>> = {
      api: { DATABASE_URL: urls.appUrl },
      search: { DATABASE_URL: urls.appUrl },
      dispatcher: { DATABASE_DISPATCH_URL: urls.dispatchUrl },
      worker: { DATABASE_WORKER_URL: urls.workerUrl },
    };
    const env = {
      ...QUICK,
      CAIRN_SERVICE: name,
      CAIRN_NAMESPACE: this.namespace,
      NATS_URL: natsUrlOf(this.stack),
      QDRANT_URL: this.stack.qdrant.url,
      QDRANT_API_KEY: this.stack.qdrant.apiKey,
      QDRANT_GRPC_URL: `http://127.0.0.1:${this.stack.qdrant.grpcPort}`,
      BLOB_DIR: join(this.folder, 'blobs'),
      SOURCE_ROOTS: this.sources,
      SOURCE_WORK_DIR: join(this.folder, 'source-work'),
      SEARCH_URL: `http://127.0.0.1:${this.ports.search}`,
      ...databaseUrls[name],
      ...this.env,
    };
    const service = new ServiceProcess({ name, env, port: this.ports[instance] as number, logFile: join(this.folder, `${instance}.log`), guard: this.guard });
    this.processes.set(instance, service);
    return service;
  }
}

const nameOf = (name: ServiceName, index: number): string => (index === 0 ? name : `${name}-${index}`);

export function natsUrlOf(stack: StackFacts): string {
  const url = new URL(stack.nats.url);
  url.username = stack.nats.user;
  url.password = stack.nats.password;
  return url.toString();
}

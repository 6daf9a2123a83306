import { randomBytes } from 'node:crypto';
import {
  acceptJob,
  connectNats,
  createDataSource,
  Database,
  ensureJobStream,
  Hints,
  newId,
  type OrgId,
  Subjects,
  scopeOfPrincipal,
  type TenantScope,
} from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { createTestDatabase, type TestDatabase } from '../../system/test-database.js';
import { natsUrlOf } from '../../system/test-system.js';
import type { BenchContext } from '../core/bench.js';
import { Child } from '../core/child.js';
import type { BenchJob, JobSystem } from './job-system.js';

export interface CairnSystemOptions {
  name: string;
  /** Whether accepting a job wakes the dispatcher; without it only the poll finds new rows. */
  wake: boolean;
  pollMs: number;
  /** Jobs that the worker process handles at once. */
  slots: number;
  organisations: number;
}

const LEASE_MS = 30_000;
export const PRODUCER_CONNECTIONS = 8;

/** Our own code: `acceptJob`, Relay and BellRinger in a dispatcher process, the JetStream strategy, LeaseKeeper and JobRunner in a worker process. */
export class CairnSystem implements JobSystem {
  readonly name: string;
  private readonly namespace = `b${randomBytes(4).toString('hex')}`;
  private readonly subjects = new Subjects(this.namespace);
  private scopes: TenantScope[] = [];
  private database!: TestDatabase;
  private source!: ReturnType<typeof createDataSource>;
  private producer!: Database;
  private nats!: NatsConnection;
  private hints!: Hints;
  private children: Child[] = [];
  private accepted = 0;

  constructor(
    private readonly context: BenchContext,
    private readonly options: CairnSystemOptions,
  ) {
    this.name = options.name;
  }

  async prepare(): Promise<void> {
    this.database = await createTestDatabase(this.context.stack.postgres);
    this.scopes = Array.from({ length: this.options.organisations }, () => scopeOfPrincipal({ orgId: newId<OrgId>(), actor: 'user:bench' }));
  }

  async start(): Promise<void> {
    const natsUrl = natsUrlOf(this.context.stack);
    this.nats = await connectNats({ urls: [natsUrl], replicas: 1 }, 'bench');
    await ensureJobStream(this.nats, this.subjects, { replicas: 1, ackWaitMs: LEASE_MS });
    this.hints = new Hints(() => this.nats, this.subjects);
    this.source = await createDataSource({ url: this.database.urls.appUrl, applicationName: 'bench-producer', poolSize: PRODUCER_CONNECTIONS }).initialize();
    this.producer = new Database(this.source);
    const shared = { natsUrl, namespace: this.namespace, leaseMs: LEASE_MS };
    this.children = await Promise.all([
      Child.start(new URL('./cairn-worker.process.js', import.meta.url), { ...shared, databaseUrl: this.database.urls.workerUrl, slots: this.options.slots }),
      Child.start(new URL('./cairn-dispatcher.process.js', import.meta.url), {
        ...shared,
        databaseUrl: this.database.urls.dispatchUrl,
        pollMs: this.options.pollMs,
      }),
    ]);
  }

  async enqueue(job: BenchJob): Promise<void> {
    const number = this.accepted++;
    const scope = this.scopes[number % this.scopes.length] as TenantScope;
    await acceptJob(this.producer, scope, { type: 'mock_process', jobKey: `${this.namespace}-${number}`, payload: { ...job }, maxAttempts: 3 });
    if (this.options.wake) this.hints.wakeDispatcher();
    this.hints.announceEvents(scope.orgId);
  }

  async handled(count: number): Promise<void> {
    await this.worker.ask({ kind: 'handled', count }, 'handled');
  }

  async unfinished(): Promise<number> {
    const [row] = await this.database.sql<{ count: number }>(`SELECT count(*)::int AS count FROM jobs WHERE state IN ('queued', 'running')`);
    return row?.count ?? 0;
  }

  async latencies(): Promise<number[]> {
    return (await this.worker.ask({ kind: 'latencies' }, 'latencies')).waits as number[];
  }

  processes(): { name: string; pid: number }[] {
    return this.children.map(({ pid }, at) => ({ name: at === 0 ? 'worker' : 'dispatcher', pid }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()));
    await this.source.destroy();
    await this.nats.close();
  }

  private get worker(): Child {
    return this.children[0] as Child;
  }
}

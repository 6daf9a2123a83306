import 'reflect-metadata';
import { connectNats, createDataSource, createLogger, Database, Hints, type Lease, LeaseRepository, Metrics, Subjects } from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { runAsChild } from '../core/child-process.js';
import { devNull } from '../core/dev-null.js';
import { loadPart } from '../core/service-parts.js';
import { type BenchJob, Tally } from './job-system.js';

interface Keeper {
  start(): void;
  stop(): void;
}

interface Parts {
  LeaseKeeper: new (leases: LeaseRepository, options: { leaseMs: number; logger: unknown }) => Keeper;
  JobRunner: new (
    database: Database,
    leases: LeaseRepository,
    keeper: Keeper,
    handlers: Record<string, Handler>,
    hints: Hints,
    metrics: { ended(type: string, outcome: string, ms: number): void },
    logger: unknown,
    options: { backoffMs: number; backoffMaxMs: number; patienceMs: number },
  ) => object;
  JobMetrics: new (metrics: Metrics) => { ended(type: string, outcome: string, ms: number): void };
  BellsController: Type;
  JetStreamStrategy: new (options: {
    connection: NatsConnection;
    subjects: Subjects;
    replicas: number;
    ackWaitMs: number;
    slots: { interactive: number; bulk: number };
  }) => CustomTransportStrategy;
}

interface Handler {
  handle(context: { lease: Lease }): Promise<{ kind: 'result'; result: Record<string, unknown> }>;
}

interface Settings {
  databaseUrl: string;
  natsUrl: string;
  namespace: string;
  leaseMs: number;
  slots: number;
}

const FILES = ['jobs/lease-keeper.js', 'jobs/job-runner.js', 'jobs/job-metrics.js', 'jobs/bells.controller.js', 'jetstream/jetstream.strategy.js'];

@Module({})
class BenchWorkerModule {
  static with(controller: Type, token: unknown, runner: object): DynamicModule {
    return { module: BenchWorkerModule, controllers: [controller], providers: [{ provide: token as Type, useValue: runner }] };
  }
}

runAsChild<Settings>(async ({ databaseUrl, natsUrl, namespace, leaseMs, slots }) => {
  const parts = Object.assign({}, ...(await Promise.all(FILES.map((file) => loadPart<object>('embedding-worker', file))))) as Parts;
  const source = await createDataSource({ url: databaseUrl, applicationName: 'bench-worker', poolSize: 10 }).initialize();
  const database = new Database(source);
  const connection = await connectNats({ urls: [natsUrl], replicas: 1 }, 'bench-worker');
  const subjects = new Subjects(namespace);
  const logger = createLogger({ service: 'bench-worker', level: 'info', destination: devNull() });
  const leases = new LeaseRepository(database, { leaseMs, worker: `bench.${process.pid}` });
  const keeper = new parts.LeaseKeeper(leases, { leaseMs, logger });
  const tally = new Tally();
  const handler: Handler = {
    handle: async ({ lease }) => {
      tally.began(lease.payload as unknown as BenchJob);
      return { kind: 'result', result: {} };
    },
  };
  const hints = new Hints(() => connection, subjects);
  const metrics = counting(new parts.JobMetrics(new Metrics('bench-worker')), tally);
  const options = { backoffMs: 1_000, backoffMaxMs: 60_000, patienceMs: 20_000 };
  const runner = new parts.JobRunner(database, leases, keeper, { mock_process: handler }, hints, metrics, logger, options);
  const strategy = new parts.JetStreamStrategy({ connection, subjects, replicas: 1, ackWaitMs: leaseMs, slots: { interactive: slots, bulk: 2 } });
  const app = await NestFactory.createMicroservice(BenchWorkerModule.with(parts.BellsController, parts.JobRunner, runner), { strategy, logger: false });
  keeper.start();
  await app.listen();
  const stop = async () => {
    await app.close();
    keeper.stop();
    await connection.close();
    await source.destroy();
  };
  return { answers: tally.answers(), stop };
});

function counting(metrics: InstanceType<Parts['JobMetrics']>, tally: Tally) {
  return {
    ended(type: string, outcome: string, ms: number): void {
      metrics.ended(type, outcome, ms);
      if (outcome === 'succeeded') tally.finished();
    },
  };
}

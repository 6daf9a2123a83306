import {
  BellRinger,
  type Database,
  ensureJobStream,
  FreshPointsRepository,
  GarbageRepository,
  Hints,
  type Lifecycle,
  type Logger,
  type Metrics,
  OutboxRepository,
  observeQdrant,
  ReconcileRepository,
  type Subjects,
  SweepRepository,
} from '@cairn/common';
import { QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { Collector } from './collector.js';
import { Confirmer } from './confirmer.js';
import type { DispatcherConfig } from './dispatcher.config.js';
import { DispatcherMetrics } from './dispatcher-metrics.js';
import { LossWatch } from './loss-watch.js';
import { Periodically } from './periodically.js';
import { Reconciler } from './reconciler.js';
import { Relay } from './relay.js';
import { Sweeper } from './sweeper.js';
import { WriteBack } from './write-back.js';

export interface DispatcherParts {
  config: DispatcherConfig;
  database: Database;
  nats: NatsConnection;
  subjects: Subjects;
  metrics: Metrics;
  logger: Logger;
}

/** The loops of this service: relay, sweeper, collector, confirmer, reconciler. Each minds its own business and any number of dispatchers may run. */
export class Dispatcher {
  private readonly relay: Relay;
  private readonly sweeper: Sweeper;
  private readonly losses: LossWatch;
  private readonly loops: Periodically[];
  private readonly spaces: SpaceMaintenance;
  private readonly gateway: QdrantGateway;

  constructor(private readonly parts: DispatcherParts) {
    const { config, database, nats, subjects, logger } = parts;
    const { upkeep, jobs } = config;
    const metrics = new DispatcherMetrics(parts.metrics);
    const outbox = new OutboxRepository(database);
    DispatcherMetrics.watchBacklog(parts.metrics, outbox);
    const qdrant = {
      url: config.qdrant.url,
      grpcUrl: config.qdrant.grpcUrl,
      apiKey: config.qdrant.apiKey,
      namespace: config.service.namespace,
      observe: observeQdrant(parts.metrics),
    };
    this.spaces = new SpaceMaintenance(qdrant);
    this.gateway = new QdrantGateway(qdrant);
    this.relay = new Relay(outbox, new BellRinger(nats, subjects), () => this.ensureStream(), metrics, logger, {
      batch: jobs.dispatchBatch,
      pollMs: jobs.dispatchPollMs,
      perTenantCap: { interactive: upkeep.inFlightInteractive, bulk: upkeep.inFlightBulk },
      refusalCap: upkeep.refusalCap,
    });
    this.sweeper = new Sweeper(new SweepRepository(database), new Hints(() => nats, subjects), () => this.relay.wake(), metrics, logger, {
      reRingAfterMs: upkeep.reRingMs,
      leaseMs: jobs.leaseMs,
      inputRetentionHours: upkeep.inputRetentionHours,
      eventRetentionDays: upkeep.eventRetentionDays,
    });
    this.losses = new LossWatch(new ReconcileRepository(database), this.sweeper);
    this.loops = this.makeLoops(metrics);
  }

  async start(): Promise<void> {
    const { nats, subjects, logger } = this.parts;
    await this.ensureStream().catch((error: Error) => logger.warn({ error: error.message }, 'the job stream could not be made yet'));
    nats.subscribe(subjects.wake, { callback: () => this.relay.wake() });
    this.relay.start();
    for (const loop of this.loops) loop.start();
  }

  /** Claimed rows are finished, then nothing more is taken. */
  async stop(): Promise<void> {
    await Promise.all([this.relay.stop(), ...this.loops.map((loop) => loop.stop())]);
  }

  async close(): Promise<void> {
    await Promise.all([this.spaces.close(), this.gateway.close()]);
  }

  /** Registers the order in which all this ends. */
  drainWith(lifecycle: Lifecycle): void {
    lifecycle.onDrain('work', 'dispatcher', () => this.stop());
    lifecycle.onDrain('connections', 'qdrant', () => this.close());
  }

  qdrantHealth(timeoutMs: number): Promise<void> {
    return this.spaces.health(timeoutMs);
  }

  private makeLoops(metrics: DispatcherMetrics): Periodically[] {
    const { config, database, logger } = this.parts;
    const { upkeep, jobs } = config;
    const repository = new ReconcileRepository(database);
    const fresh = new FreshPointsRepository(database);
    const writeBack = new WriteBack(repository, fresh, this.gateway);
    const confirmer = new Confirmer(fresh, this.spaces, writeBack, metrics, logger);
    const collector = new Collector(new GarbageRepository(database), this.spaces, metrics, logger);
    const reconciler = new Reconciler(repository, this.spaces, writeBack, metrics, logger, {
      fullEveryMs: upkeep.reconcileFullMs,
      storage: config.qdrant.storage,
    });
    return [
      new Periodically('the sweep', jobs.sweepMs, logger, async () => {
        await this.losses.lookAtDatabase();
        await this.sweeper.sweep();
      }),
      new Periodically('the look at the job stream', jobs.sweepMs, logger, () => this.ensureStream()),
      new Periodically('garbage collection', upkeep.collectMs, logger, (signal) => collector.collect(signal)),
      new Periodically('the look for fresh points', upkeep.confirmMs, logger, (signal) => confirmer.confirm(signal)),
      new Periodically('reconciling', upkeep.reconcileMs, logger, (signal) => reconciler.reconcile(signal)),
    ];
  }

  /** Whoever finds the stream gone makes it again; the bells that were in it are rung again. */
  private async ensureStream(): Promise<void> {
    const { nats, subjects, config } = this.parts;
    const { bornAt } = await ensureJobStream(nats, subjects, { replicas: config.nats.replicas, ackWaitMs: config.jobs.leaseMs });
    await this.losses.lookAtStream(bornAt);
  }
}

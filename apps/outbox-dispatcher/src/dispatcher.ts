import {
  AuditLinker,
  BellRinger,
  type Database,
  ensureJobStream,
  FreshPointsRepository,
  GarbageRepository,
  Hints,
  LearntRoutesRepository,
  type Lifecycle,
  type Logger,
  MaintenanceRepository,
  type Metrics,
  OperationKeeperRepository,
  OutboxRepository,
  observeQdrant,
  ReconcileRepository,
  SourceRunsRepository,
  type Subjects,
  SweepRepository,
  TidyRepository,
} from '@cairn/common';
import { QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { Caretaker } from './caretaker.js';
import { Collector } from './collector.js';
import { Confirmer } from './confirmer.js';
import type { DispatcherConfig } from './dispatcher.config.js';
import { DispatcherMetrics } from './dispatcher-metrics.js';
import { LearntRoutes } from './learnt-routes.js';
import { LossWatch } from './loss-watch.js';
import { OperationKeeper } from './operation-keeper.js';
import { Periodically } from './periodically.js';
import { Reconciler } from './reconciler.js';
import { Relay } from './relay.js';
import { SourceClock } from './source-clock.js';
import { Sweeper } from './sweeper.js';
import { Tidier } from './tidier.js';
import { WriteBack } from './write-back.js';

/** Until then an entry could be changed by whoever owns the database and leave no trace. */
const LINK_MS = 1_000;
const LINKS = 1_000;

/** Somebody waits for it: a reindex that is whole and does not serve yet. */
const KEEP_MS = 500;

/** Nobody waits for it. */
const CARE_MS = 5_000;

export interface DispatcherParts {
  config: DispatcherConfig;
  database: Database;
  nats: NatsConnection;
  subjects: Subjects;
  metrics: Metrics;
  logger: Logger;
}

/** The loops of this service: relay, sweeper, tidier, collector, confirmer, reconciler. Each minds its own business and any number of dispatchers may run. */
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
    const hints = new Hints(() => this.parts.nats, this.parts.subjects);
    const audit = new AuditLinker(database);
    const keeper = new OperationKeeper(new OperationKeeperRepository(database), hints, () => this.relay.wake(), { maxAttempts: jobs.maxAttempts });
    const clock = new SourceClock(new SourceRunsRepository(database), hints, () => this.relay.wake(), { maxAttempts: jobs.maxAttempts });
    const caretaker = new Caretaker(new MaintenanceRepository(database), hints, () => this.relay.wake(), logger, {
      everyMinutes: upkeep.maintenanceMinutes,
      maxAttempts: jobs.maxAttempts,
    });
    const collector = new Collector(new GarbageRepository(database), this.spaces, metrics, logger);
    const reconciler = new Reconciler(repository, this.spaces, writeBack, metrics, logger, {
      fullEveryMs: upkeep.reconcileFullMs,
      storage: config.qdrant.storage,
    });
    const tidier = new Tidier(new TidyRepository(database), hints, () => this.relay.wake(), metrics, logger, {
      indexRetentionHours: upkeep.indexRetentionHours,
      documentRetentionDays: upkeep.documentRetentionDays,
      operationRetentionDays: upkeep.eventRetentionDays,
      queryRetentionDays: upkeep.queryRetentionDays,
      searchRetentionDays: upkeep.searchRetentionDays,
      unusedMinutes: upkeep.blobRetentionMinutes,
      maxAttempts: jobs.maxAttempts,
    });
    const learntRoutes = new LearntRoutes(new LearntRoutesRepository(database), logger, { everyMinutes: upkeep.learntRoutesMinutes });
    return [
      new Periodically('the sweep', jobs.sweepMs, logger, async () => {
        await this.losses.lookAtDatabase();
        await this.sweeper.sweep();
      }),
      new Periodically('the look at the job stream', jobs.sweepMs, logger, () => this.ensureStream()),
      new Periodically('the look at operations', KEEP_MS, logger, () => keeper.keep()),
      new Periodically('the linking of the audit log', LINK_MS, logger, async () => void (await audit.link(LINKS))),
      new Periodically('the look at the clock of sources', KEEP_MS, logger, () => clock.tick()),
      new Periodically('maintenance', CARE_MS, logger, () => caretaker.see()),
      new Periodically('garbage collection', upkeep.collectMs, logger, (signal) => collector.collect(signal)),
      new Periodically('tidying', upkeep.tidyMs, logger, (signal) => tidier.tidy(signal)),
      new Periodically('the look at learnt routes', upkeep.tidyMs, logger, (signal) => learntRoutes.look(signal)),
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

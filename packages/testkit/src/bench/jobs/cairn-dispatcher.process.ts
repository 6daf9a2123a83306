import { BellRinger, connectNats, createDataSource, createLogger, Database, ensureJobStream, Metrics, OutboxRepository, Subjects } from '@cairn/common';
import { runAsChild } from '../core/child-process.js';
import { devNull } from '../core/dev-null.js';
import { loadPart } from '../core/service-parts.js';

interface RelayPart {
  Relay: new (
    outbox: OutboxRepository,
    ringer: BellRinger,
    ensureStream: () => Promise<void>,
    metrics: unknown,
    logger: unknown,
    options: { batch: number; pollMs: number; perTenantCap: { interactive: number; bulk: number }; refusalCap: number },
  ) => { start(): void; stop(): Promise<void>; wake(): void };
}

interface MetricsPart {
  DispatcherMetrics: new (metrics: Metrics) => unknown;
}

interface Settings {
  databaseUrl: string;
  natsUrl: string;
  namespace: string;
  leaseMs: number;
  pollMs: number;
}

// The defaults of the service.
const BATCH = 500;
const CAPS = { interactive: 500, bulk: 50 };

runAsChild<Settings>(async ({ databaseUrl, natsUrl, namespace, leaseMs, pollMs }) => {
  const { Relay } = await loadPart<RelayPart>('outbox-dispatcher', 'relay.js');
  const { DispatcherMetrics } = await loadPart<MetricsPart>('outbox-dispatcher', 'dispatcher-metrics.js');
  const source = await createDataSource({ url: databaseUrl, applicationName: 'bench-dispatcher', poolSize: 4 }).initialize();
  const nats = await connectNats({ urls: [natsUrl], replicas: 1 }, 'bench-dispatcher');
  const subjects = new Subjects(namespace);
  const ensure = async () => void (await ensureJobStream(nats, subjects, { replicas: 1, ackWaitMs: leaseMs }));
  const logger = createLogger({ service: 'bench-dispatcher', level: 'info', destination: devNull() });
  const relay = new Relay(
    new OutboxRepository(new Database(source)),
    new BellRinger(nats, subjects),
    ensure,
    new DispatcherMetrics(new Metrics('bench-dispatcher')),
    logger,
    {
      batch: BATCH,
      pollMs,
      perTenantCap: CAPS,
      refusalCap: 5,
    },
  );
  nats.subscribe(subjects.wake, { callback: () => relay.wake() });
  relay.start();
  const stop = async () => {
    await relay.stop();
    await nats.close();
    await source.destroy();
  };
  return { answers: {}, stop };
});

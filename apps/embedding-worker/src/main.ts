import 'reflect-metadata';
import { bootstrapService, Database, loadConfigOrExit, NATS, pause, probeOfDatabase, probeOfNats, type Service, Subjects } from '@cairn/common';
import { canLimitMemory } from '@cairn/ingest/see';
import { MOCK_MODEL, ModelPool } from '@cairn/models';
import { QdrantGateway } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { DocumentPreparer } from './documents/document-preparer.js';
import { TextCutter } from './documents/text-cutter.js';
import { Ensembles } from './embedding/ensembles.js';
import { ensureSpaces } from './embedding/ensure-spaces.js';
import { InteractiveLane } from './embedding/interactive-lane.js';
import { keepServing, registerModels } from './embedding/open-models.js';
import { RemoteModels } from './embedding/remote-models.js';
import { watchModels } from './embedding/watch-models.js';
import { JetStreamStrategy } from './jetstream/jetstream.strategy.js';
import { LeaseKeeper } from './jobs/lease-keeper.js';
import { WorkerConfig } from './worker.config.js';
import { WorkerModule } from './worker.module.js';

/** Jobs that are not done after this are handed to another worker; short of what the shell grants for finishing work. */
const GRACE_MS = 8_000;

const config = loadConfigOrExit(WorkerConfig);

const service = await bootstrapService({
  name: 'embedding-worker',
  config,
  module: WorkerModule.for(config),
  probes: (app) => ({
    pg: probeOfDatabase(app.get(Database)),
    nats: probeOfNats(app.get(NATS)),
    qdrant: () => app.get(QdrantGateway).health(config.probes.timeoutMs),
    model: () => app.get(ModelPool).check(),
  }),
  readyExtras: (app) => ({
    models: app.get(ModelPool).info(),
    ...deviceFacts(app.get(ModelPool)),
    ensembles: app.get(Ensembles).models.map(({ id, members }) => ({ model: id, members: members.map(({ model, weight }) => ({ model: model.id, weight })) })),
    remote_models: app.get(RemoteModels).models.map(({ id, url }) => ({ model: id, at: new URL(url).host })),
  }),
});
if (!canLimitMemory) service.log.warn({}, 'prlimit is missing: memory and computing time of image decoders are not limited');
watchModels(service.metrics, service.app.get(ModelPool), service.app.get(RemoteModels));
await work(service);

/** Whose turn it is on the device that models share. */
function deviceFacts(pool: ModelPool): object {
  const turn = pool.turn();
  return turn === undefined ? {} : { device: turn };
}

/** Starts taking bells and queries, and says in which order that ends. */
async function work({ app, lifecycle, log }: Service): Promise<void> {
  const nats = app.get<NatsConnection>(NATS);
  const subjects = app.get(Subjects);
  const keeper = app.get(LeaseKeeper);
  const pool = app.get(ModelPool);
  const remotes = app.get(RemoteModels);
  const ensembles = app.get(Ensembles);
  const models = [...pool.models, ...remotes.models, ...ensembles.models];
  try {
    await registerModels(app.get(Database), models, lifecycle.draining);
  } catch (error) {
    if (lifecycle.draining.aborted) return; // asked to end while it waited for Postgres
    throw error;
  }
  void keepServing(app.get(Database), models, lifecycle.draining);
  const strategy = new JetStreamStrategy({
    connection: nats,
    subjects,
    ackWaitMs: config.jobs.leaseMs,
    slots: { interactive: config.jobs.slots, bulk: config.jobs.slots },
  });
  const lane = new InteractiveLane(nats, subjects, pool, remotes, ensembles, new TextCutter(app.get(DocumentPreparer)));
  app.connectMicroservice({ strategy }, { inheritAppConfig: false });
  nats.subscribe(subjects.cancelled, { callback: (_error, message) => keeper.drop(message.string()) });
  keeper.start();
  await app.startAllMicroservices();
  lane.start();
  lifecycle.onDrain('work', 'bells', async () => {
    const finished = strategy.close();
    await Promise.race([finished, pause(GRACE_MS)]);
    keeper.handBackAll();
    await finished;
    await lane.stop();
    keeper.stop();
  });
  await ensureSpaces([MOCK_MODEL, ...pool.encoders, ...remotes.models, ...ensembles.models], {
    database: app.get(Database),
    gateway: app.get(QdrantGateway),
    storage: config.qdrant.storage,
    logger: log,
    signal: lifecycle.draining,
  });
}

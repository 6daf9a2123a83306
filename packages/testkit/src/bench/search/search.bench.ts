import { BUILT_IN_MODEL, spaceOf } from '@cairn/models';
import { collectionNameOf, QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import { natsUrlOf, TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Bench, BenchContext, BenchResult, Part } from '../core/bench.js';
import { Child } from '../core/child.js';
import { number } from '../core/format.js';
import { DOCUMENT_SPACE, seedCollections } from '../corpus/collections.js';
import { settled } from '../corpus/settled.js';
import { SingleVectors, SPACE, seedVectors } from '../corpus/single-vectors.js';
import { mixedTenants } from '../corpus/tenants.js';
import { measureClients } from './clients.js';
import { measureCollectionSearch } from './collections.js';
import { measureLanes } from './lanes.js';
import type { ReferenceSettings } from './reference.process.js';
import { measureRerank } from './rerank.js';
import { LIMIT, ServiceClient } from './searchers.js';
import { PER_SECOND, type Setting, type Size } from './setting.js';
import { measureVectorSearch } from './vectors.js';

const FULL: Size = { rounds: 5, points: 200_000, queries: 150, collectionQueries: 100, clientQueries: 1_000, reranked: 20 };
const QUICK: Size = { rounds: 3, points: 4_000, queries: 60, collectionQueries: 40, clientQueries: 200, reranked: 5 };

const PARTS: Record<string, (setting: Setting) => Promise<Part>> = {
  vectors: measureVectorSearch,
  collections: measureCollectionSearch,
  lanes: measureLanes,
  rerank: measureRerank,
  clients: measureClients,
};

export const SEARCH: Bench = {
  name: 'search',
  title: 'Search: a question over HTTP, and our Qdrant client alone',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const system = await TestSystem.start({ stack: context.stack, services: ['worker', 'search'], env: AS_IN_PRODUCTION });
    const child = await startReference(context, system);
    const { port } = await child.ask({ kind: 'port' }, 'port');
    const setting = await seeded(context, system, { size, reference: new ServiceClient(`http://127.0.0.1:${port}`) });
    const found: Record<string, Part> = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      context.log(`- ${name}`);
      found[name] = await measure(setting);
    }
    await Promise.all([setting.gateway.close(), setting.service.close(), setting.reference.close(), child.stop()]);
    await system.stop();
    return resultOf(found, size);
  },
};

function startReference({ stack }: BenchContext, { namespace }: TestSystem): Promise<Child> {
  const collections = { vectors: collectionNameOf(namespace, SPACE), documents: collectionNameOf(namespace, DOCUMENT_SPACE) };
  const where = { natsUrl: natsUrlOf(stack), namespace, qdrantUrl: stack.qdrant.url, apiKey: stack.qdrant.apiKey };
  const settings: ReferenceSettings = { ...where, collections, model: BUILT_IN_MODEL.id, space: spaceOf(BUILT_IN_MODEL) };
  return Child.start(new URL('./reference.process.js', import.meta.url), { ...settings });
}

async function seeded(context: BenchContext, system: TestSystem, { size, reference }: Pick<Setting, 'size' | 'reference'>): Promise<Setting> {
  const { qdrant } = context.stack;
  const options = { url: qdrant.url, grpcUrl: `http://127.0.0.1:${qdrant.grpcPort}`, apiKey: qdrant.apiKey, namespace: system.namespace };
  const [gateway, spaces] = [new QdrantGateway(options), new SpaceMaintenance(options)];
  const target = { gateway, database: system.database, log: context.log };
  const tenants = mixedTenants(size.points);
  await seedVectors(target, tenants, new SingleVectors(11));
  const collections = await seedCollections(target, mixedTenants(size.points));
  for (const space of [SPACE, DOCUMENT_SPACE]) await settled(spaces, space);
  await spaces.close();
  return { context, system, size, options, gateway, tenants, collections, service: new ServiceClient(system.service('search').url), reference };
}

function resultOf(found: Record<string, Part>, size: Size): BenchResult {
  const parts = Object.values(found);
  return {
    scenario: `${number(size.points)} single vectors, and as many chunks of documents in collections, each of 50 organisations (one with a quarter of them, four with 7.5 %, 45 with 1 %), ${LIMIT} results. Services: new questions in random order, ${PER_SECOND.vectors} per second for single vectors and ${PER_SECOND.collections} for collections, ${size.queries} and ${size.collectionQueries} for each in each of ${size.rounds} rounds. Clients: ${number(size.clientQueries)} queries one after the other, with payload.`,
    tables: parts.flatMap(({ tables }) => tables),
    goals: parts.flatMap(({ goals }) => goals),
    notes: parts.flatMap(({ notes }) => notes),
    raw: Object.fromEntries(Object.entries(found).map(([name, { raw }]) => [name, raw])),
  };
}

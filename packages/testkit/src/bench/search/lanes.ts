import { TextWords } from '@cairn/models/sparse';
import { collectionNameOf, firstRoundOf } from '@cairn/retrieval';
import type { Part, Table } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { type CollectionTenant, DOCUMENT_SPACE, DOCUMENT_SPEC } from '../corpus/collections.js';
import { MadeTexts } from '../corpus/made-texts.js';
import { TextLikeVectors } from '../corpus/text-like-vectors.js';
import { RawQdrant } from './raw-qdrant.js';
import { LIMIT } from './searchers.js';
import type { Setting } from './setting.js';

/** As deep as a search of a collection makes each ranking before Postgres looks at it. */
const CANDIDATES = firstRoundOf(51);

interface Asked {
  vector: Float32Array;
  terms: Awaited<ReturnType<TextWords['query']>>;
}

interface Contestant {
  name: string;
  ask(tenant: CollectionTenant, asked: Asked): Promise<unknown>;
}

const DENSE = 'by meaning, raw Qdrant';

/** G17: what words cost beside meaning, in Qdrant alone. */
export async function measureLanes(setting: Setting): Promise<Part> {
  const { context, size, options, gateway } = setting;
  const raw = new RawQdrant(options, collectionNameOf(options.namespace, DOCUMENT_SPACE));
  const words = new TextWords();
  const ours = ({ scope, indexId }: CollectionTenant, vector: Asked['vector'] | Asked['terms']) =>
    gateway.search(scope, DOCUMENT_SPACE, { vector, limit: CANDIDATES, conditions: { index_id: [indexId] } });
  const contestants: Contestant[] = [
    { name: 'by both, Cairn gateway, two calls at once', ask: (tenant, { vector, terms }) => Promise.all([ours(tenant, vector), ours(tenant, terms)]) },
    { name: 'by both, raw Qdrant, RRF in one call', ask: ({ scope, indexId }, asked) => raw.fused({ orgId: scope.orgId, indexId }, asked, LIMIT) },
    { name: DENSE, ask: ({ scope, indexId }, { vector }) => raw.nearest({ orgId: scope.orgId, indexId }, vector, LIMIT) },
  ];
  const results = await interleave(contestants, size.rounds, async (one, round) => {
    const latencies = await ask(one, setting, await questions(words, round, size.clientQueries));
    context.log(`round ${round}  ${one.name}: p50 ${number(median(latencies))} ms`);
    return latencies;
  });
  await Promise.all([raw.close(), words.stop()]);
  return partOf(results);
}

// Flat: how rare a word is changes no cost.
async function questions(words: TextWords, seed: number, count: number): Promise<Asked[]> {
  const [texts, vectors] = [new MadeTexts(100 + seed), new TextLikeVectors(200 + seed, DOCUMENT_SPEC.dimension)];
  const made = Array.from({ length: count }, async () => ({
    vector: vectors.next(),
    terms: await words.query(texts.question(), { idfOf: () => 1, languages: ['en'] }),
  }));
  return Promise.all(made);
}

async function ask({ ask: one }: Contestant, { collections }: Setting, asked: readonly Asked[]): Promise<number[]> {
  const latencies: number[] = [];
  for (const [at, question] of asked.entries()) {
    const startedAt = performance.now();
    await one(collections[at % collections.length] as CollectionTenant, question);
    latencies.push(performance.now() - startedAt);
  }
  return latencies;
}

function partOf(results: Map<string, number[][]>): Part {
  const p50s = [...results].map(([name, rounds]): Series => ({ name, rounds: rounds.map(median) }));
  const [ours, fused, dense] = p50s as [Series, Series, Series];
  const table: Table = {
    title: 'Meaning and words, Qdrant alone',
    columns: ['query', 'p50 ms', 'p99 ms', 'spread of p50', 'of the first by meaning'],
    rows: p50s.map((one) => {
      const all = (results.get(one.name) as number[][]).flat();
      const ratio = times(pairedRatio(one.rounds, dense.rounds));
      return [one.name, number(median(all)), number(percentile(all, 99)), percent(spread(one.rounds)), ratio];
    }),
  };
  const goal = (what: string, subject: Series) => judge({ goal: 'G17', what, subject, baseline: dense, limit: { atMost: 3.3 } });
  return {
    tables: [table],
    goals: [goal('p50 of both rankings by our gateway', ours), goal('p50 of raw RRF of 2 x 50', fused)],
    notes: [],
    raw: Object.fromEntries(results),
  };
}

import { join } from 'node:path';
import { meanOf, ndcgOf, recallOf } from '@cairn/retrieval';
import { CollectionClient } from '../../acceptance/collection-client.js';
import { TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Bench, BenchContext, BenchResult, Table } from '../core/bench.js';
import { number } from '../core/format.js';
import { type GoalResult, judge, notMeasured } from '../core/goals.js';
import { percentile } from '../core/statistics.js';
import { inOtherLetters, type JudgedCollection, judgedCollections, type Question } from './judged-collection.js';

/** A folder of collections. Without it, where they lie beside a checkout. */
const FOLDER = process.env.BENCH_RELEVANCE ?? join('..', 'shared', 'data', 'relevance');
const QUICK_QUESTIONS = 20;
const PER_REQUEST = 200;
const DEEP = 100;
const WITHIN_MS = 3_600_000;

const [WORDS, MEANING, DEFAULT] = ['words', 'meaning', 'both (the default)'];
const LANES = { [WORDS]: { search_mode: 'sparse' }, [MEANING]: { search_mode: 'dense' } };
const BOTH = {
  [DEFAULT]: { search_mode: 'hybrid' },
  'both, RRF': { search_mode: 'hybrid', fusion: 'rrf' },
  'both, DBSF': { search_mode: 'hybrid', fusion: 'dbsf' },
};
type Ways = Record<string, object>;
const PLAIN: Ways = { ...LANES, ...BOTH };
const ALL: Ways = { ...PLAIN, ...Object.fromEntries(Object.entries(PLAIN).map(([name, how]) => [`${name}, reranked`, { ...how, use_reranker: true }])) };

interface Found {
  ndcg: number;
  recall: number;
  ms: number;
}

type Measured = Record<string, Found>;

/** How well the whole system finds what people judged relevant, in every way to search. */
export const RELEVANCE: Bench = {
  name: 'relevance',
  title: 'Relevance through the whole system',
  run: async (context) => {
    const measured: [JudgedCollection, Measured][] = [];
    const add = async (collection: JudgedCollection, ways: Ways) => measured.push([collection, await measure(context, collection, ways)]);
    for (const collection of judgedCollections(FOLDER)) {
      await add(collection, ALL);
      // A reranker that cannot read them says nothing of the search.
      await add(inOtherLetters(collection), PLAIN);
    }
    return resultOf(measured);
  },
};

async function measure(context: BenchContext, { name, documents, questions }: JudgedCollection, ways: Ways): Promise<Measured> {
  context.log(`- ${name}`);
  const system = await TestSystem.start({ stack: context.stack, env: AS_IN_PRODUCTION });
  const collection = await CollectionClient.make(system.client());
  const operations: string[] = [];
  for (let at = 0; at < documents.length; at += PER_REQUEST) operations.push((await collection.send(documents.slice(at, at + PER_REQUEST))).operation_id);
  for (const operation of operations) await collection.completed(operation, WITHIN_MS);
  const asked = context.quick ? questions.slice(0, QUICK_QUESTIONS) : questions;
  const measured: Measured = {};
  for (const [way, how] of Object.entries(ways)) {
    const found = await search(collection, how, asked);
    context.log(`${way}: nDCG@10 ${found.ndcg.toFixed(3)}, recall@${DEEP} ${found.recall.toFixed(3)}, p50 ${number(found.ms)} ms`);
    measured[way] = found;
  }
  await system.stop();
  return measured;
}

async function search(collection: CollectionClient, how: object, questions: readonly Question[]): Promise<Found> {
  const found: Found[] = [];
  for (const { text, relevance } of questions) {
    const startedAt = performance.now();
    const hits = await collection.hits(text, { ...how, k: DEEP, group_by: 'document' });
    const ms = performance.now() - startedAt;
    const ranking = hits.map(({ external_id: externalId }) => externalId);
    found.push({ ndcg: ndcgOf(ranking, relevance), recall: recallOf(ranking, relevance, DEEP), ms });
  }
  const times = found.map(({ ms }) => ms);
  return { ndcg: meanOf(found.map(({ ndcg }) => ndcg)), recall: meanOf(found.map(({ recall }) => recall)), ms: percentile(times, 50) };
}

function resultOf(measured: readonly [JudgedCollection, Measured][]): BenchResult {
  return {
    scenario:
      'Every collection is sent over HTTP, indexed with the settings that a collection has by itself, and asked every judged question in every way, one after the other; all four services on one machine, the built-in model.',
    tables: measured.map(([collection, found]) => tableOf(collection, found)),
    goals: goalsOf(measured),
    notes: measured.length > 0 ? [] : [`No collection lies below the folder of BENCH_RELEVANCE.`],
    raw: Object.fromEntries(measured.map(([{ name }, found]) => [name, found])),
  };
}

function tableOf({ name, documents, questions }: JudgedCollection, found: Measured): Table {
  return {
    title: `${name}: ${number(documents.length)} documents, ${number(questions.length)} questions`,
    columns: ['way to search', 'nDCG@10', `recall@${DEEP}`, 'p50, ms'],
    rows: Object.entries(found).map(([way, { ndcg, recall, ms }]) => [way, ndcg.toFixed(3), recall.toFixed(3), number(ms)]),
  };
}

/** The default must be safe: nearly as good as the better lane everywhere, and better than either on average. */
function goalsOf(measured: readonly [JudgedCollection, Measured][]): GoalResult[] {
  const [everywhere, average] = [{ atLeast: 0.98 }, { atLeast: 1 }];
  if (measured.length === 0) return [notMeasured({ goal: 'safe', what: 'nDCG@10 of the default', baseline: 'the better lane', limit: everywhere })];
  const of = (way: string) => measured.map(([, found]) => found[way]?.ndcg as number);
  const judged = (what: string, ours: number, theirs: number, limit: { atLeast: number }) =>
    judge({ goal: 'safe', what, subject: { name: DEFAULT, rounds: [ours] }, baseline: { name: 'the better lane', rounds: [theirs] }, limit });
  const [words, meaning, ours] = [of(WORDS), of(MEANING), of(DEFAULT)];
  return [
    ...measured.map(([{ name }], at) => judged(`nDCG@10, ${name}`, ours[at] as number, Math.max(words[at] as number, meaning[at] as number), everywhere)),
    judged('nDCG@10, average of all', meanOf(ours), Math.max(meanOf(words), meanOf(meaning)), average),
  ];
}

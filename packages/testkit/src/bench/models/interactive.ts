import { BUILT_IN_MODEL, EmbeddingRuntime } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import type { Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { batchesOf } from './in-order.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';

const QUERY_TOKENS = 12;
const AT_ONCE = 16;
const ALONE = 'one after the other, nothing else running';
const BESIDE = 'one after the other, while documents are embedded';
const TOGETHER = `${AT_ONCE} at a time`;

type Ask = (runtime: EmbeddingRuntime, queries: readonly string[]) => Promise<number[]>;

interface Round {
  latencies: number[];
  perSecond: number;
}

const WAYS: readonly { name: string; ask: Ask }[] = [
  { name: ALONE, ask: oneByOne },
  { name: BESIDE, ask: besideDocuments },
  { name: TOGETHER, ask: together },
];

/** What somebody who waits notices of documents, and what many who wait gain by being put into one run. */
export async function measureInteractive({ context, size }: Setting): Promise<Part> {
  const runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
  const source = new TextSource(8);
  const results = await interleave(WAYS, size.rounds, async ({ name, ask }, round): Promise<Round> => {
    const queries = source.many(size.queries, QUERY_TOKENS);
    const startedAt = performance.now();
    const latencies = await ask(runtime, queries);
    const perSecond = (queries.length / (performance.now() - startedAt)) * 1_000;
    context.log(`round ${round}  queries, ${name}: p50 ${number(median(latencies))} ms, ${number(perSecond)}/s`);
    return { latencies, perSecond };
  });
  await runtime.stop();
  return { tables: [tableOf(results)], goals: [], notes: [], raw: Object.fromEntries(results) };
}

async function timed(runtime: EmbeddingRuntime, query: string): Promise<number> {
  const startedAt = performance.now();
  await runtime.embedQuery(query);
  return performance.now() - startedAt;
}

async function oneByOne(runtime: EmbeddingRuntime, queries: readonly string[]): Promise<number[]> {
  const latencies: number[] = [];
  for (const query of queries) latencies.push(await timed(runtime, query));
  return latencies;
}

async function together(runtime: EmbeddingRuntime, queries: readonly string[]): Promise<number[]> {
  const latencies: number[] = [];
  for (const some of batchesOf(queries, AT_ONCE)) latencies.push(...(await Promise.all(some.map((query) => timed(runtime, query)))));
  return latencies;
}

async function besideDocuments(runtime: EmbeddingRuntime, queries: readonly string[]): Promise<number[]> {
  const documents = new TextSource(9).mix(4_096);
  const enough = new AbortController();
  const bulk = runtime.embedDocuments(documents, { signal: enough.signal }).then(
    () => 'ran out',
    () => 'was busy',
  );
  await new Promise((resolve) => setTimeout(resolve, 100)); // until the first runs are on their way
  const latencies = await oneByOne(runtime, queries);
  enough.abort();
  if ((await bulk) === 'ran out') throw new Error('The documents were embedded before the queries were: more of them are needed');
  return latencies;
}

function tableOf(results: Map<string, Round[]>) {
  const at = (name: string, pick: (round: Round) => number): Series => ({ name, rounds: (results.get(name) as Round[]).map(pick) });
  const p50 = ({ latencies }: Round) => median(latencies);
  const p99 = ({ latencies }: Round) => percentile(latencies, 99);
  const rate = ({ perSecond }: Round) => perSecond;
  const ratio = (name: string, pick: (round: Round) => number) => times(pairedRatio(at(name, pick).rounds, at(ALONE, pick).rounds));
  return {
    title: `Queries of ${QUERY_TOKENS} tokens, built-in model`,
    columns: ['how', 'p50 ms', 'p99 ms', 'queries/s', 'spread of p50', 'p50', 'p99', 'queries/s against the first'],
    rows: WAYS.map(({ name }) => {
      const figures = [p50, p99, rate].map((pick) => number(median(at(name, pick).rounds)));
      return [name, ...figures, percent(spread(at(name, p50).rounds)), ratio(name, p50), ratio(name, p99), ratio(name, rate)];
    }),
  };
}

import type { Table } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import type { Series } from '../core/goals.js';
import { median, pairedRatio, percentile, spread } from '../core/statistics.js';
import { shuffled } from './queries.js';

/** One way of answering a question of a tenant; resolves with how many results it gave. */
export interface Searcher<T> {
  name: string;
  ask(tenant: T, query: string): Promise<number>;
}

/** Milliseconds of each round's questions, by who answered. */
export type Latencies = Map<string, number[][]>;

export interface Pace<T> {
  tenants: readonly T[];
  /** A question nobody has asked before. */
  question: () => string;
  /** Results that everybody has to find. */
  limit: number;
  /** Questions for each in a round. */
  queries: number;
  perSecond: number;
}

/** Asks all of them in the same seconds: at an even pace, in an order drawn anew for every round. */
export async function paced<T>(log: (line: string) => void, searchers: readonly Searcher<T>[], rounds: number, pace: Pace<T>): Promise<Latencies> {
  const latencies: Latencies = new Map(searchers.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const found = await pacedRound(searchers, pace);
    for (const [name, own] of found) {
      if (round > 0) latencies.get(name)?.push(own);
      log(`round ${round}  ${name}: p50 ${number(median(own))} ms, p99 ${number(percentile(own, 99))} ms`);
    }
  }
  return latencies;
}

/** Who is slow does not make the next one late. */
export async function pacedRound<T>(searchers: readonly Searcher<T>[], pace: Pace<T>): Promise<Map<string, number[]>> {
  const turns = shuffled(searchers.flatMap((searcher) => Array.from({ length: pace.queries }, () => searcher)));
  const begunAt = performance.now();
  const asked: Promise<{ name: string; ms: number }>[] = [];
  for (const [at, searcher] of turns.entries()) {
    const waitMs = begunAt + (at * 1_000) / pace.perSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    asked.push(timed(searcher, pace.tenants[at % pace.tenants.length] as T, pace));
  }
  const found = await Promise.all(asked);
  return new Map(searchers.map(({ name }) => [name, found.filter((one) => one.name === name).map(({ ms }) => ms)]));
}

async function timed<T>({ name, ask }: Searcher<T>, tenant: T, { question, limit }: Pace<T>): Promise<{ name: string; ms: number }> {
  const query = question();
  const startedAt = performance.now();
  const results = await ask(tenant, query);
  const ms = performance.now() - startedAt;
  if (results !== limit) throw new Error(`${name} found ${results} of ${limit}`);
  return { name, ms };
}

/** Whom a table compares all with. */
interface Compared {
  name: string;
  /** What its columns are headed. */
  as: string;
  /** Whether it is what is measured, and not what others are measured by. */
  isSubject: boolean;
}

/** One percentile of each round, by who answered. */
export const seriesAt = (latencies: Latencies, percent: number): Series[] =>
  [...latencies].map(([name, rounds]) => ({ name, rounds: rounds.map((round) => percentile(round, percent)) }));

/** Everybody, compared with one of them. */
export function latencyTable(title: string, latencies: Latencies, { name, as, isSubject }: Compared): Table {
  const [p50s, p99s] = [seriesAt(latencies, 50), seriesAt(latencies, 99)];
  const [own50, own99] = [p50s, p99s].map((all) => all.find((one) => one.name === name) as Series) as [Series, Series];
  const ratio = (own: Series, one: Series) => times(isSubject ? pairedRatio(own.rounds, one.rounds) : pairedRatio(one.rounds, own.rounds));
  return {
    title,
    columns: ['who', 'p50 ms', 'p99 ms', 'spread of p50', `${as}: p50`, `${as}: p99`],
    rows: p50s.map((one, at) => {
      const all = (latencies.get(one.name) as number[][]).flat();
      const ratios = [ratio(own50, one), ratio(own99, p99s[at] as Series)];
      return [one.name, number(percentile(all, 50)), number(percentile(all, 99)), percent(spread(one.rounds)), ...ratios];
    }),
  };
}

import { BUILT_IN_MODEL, type EmbeddingRuntime, type OnnxModel } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { type GoalResult, judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { embedInOrder } from './in-order.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';
import { padFactorOf, tokensOf, WatchedRuntime } from './watched-runtime.js';

interface Round {
  perSecond: number;
  padFactor: number;
}

interface Way {
  name: string;
  embed: (runtime: EmbeddingRuntime, texts: readonly string[]) => Promise<unknown>;
}

const PACKED = 'Cairn, packed';
const ARRIVAL = 'order of arrival, batches of 32';
const WAYS: readonly Way[] = [
  { name: PACKED, embed: (runtime, texts) => runtime.embedDocuments(texts) },
  { name: ARRIVAL, embed: (runtime, texts) => embedInOrder(runtime, texts, 32) },
  { name: 'order of arrival, one at a time', embed: (runtime, texts) => embedInOrder(runtime, texts, 1) },
];

/** G6: the same texts through the same session, in runs of ours and in batches as they come. */
export async function measurePacking(setting: Setting): Promise<Part> {
  const models = [{ kind: '8-bit', model: BUILT_IN_MODEL }, ...(setting.fp32 ? [{ kind: 'fp32', model: setting.fp32 }] : [])];
  const found: { kind: string; results: Map<string, Round[]> }[] = [];
  for (const { kind, model } of models) found.push({ kind, results: await measureModel(setting, kind, model) });
  return {
    tables: found.map(({ kind, results }) => tableOf(kind, results)),
    goals: found.flatMap(({ kind, results }) => goalsOf(kind, results)),
    notes: [],
    raw: Object.fromEntries(found.map(({ kind, results }) => [kind, Object.fromEntries(results)])),
  };
}

async function measureModel({ context, size }: Setting, kind: string, model: OnnxModel): Promise<Map<string, Round[]>> {
  const watched = await WatchedRuntime.start({ model });
  const texts = new TextSource(3).mix(size.texts);
  const results = await interleave(WAYS, size.rounds, async ({ name, embed }, round) => {
    const { ms, runs } = await watched.during((runtime) => embed(runtime, texts));
    const found = { perSecond: (tokensOf(runs) / ms) * 1_000, padFactor: padFactorOf(runs) };
    context.log(`round ${round}  ${kind}, ${name}: ${number(found.perSecond)} tokens/s, ${number(found.padFactor)} computed per token`);
    return found;
  });
  await watched.stop();
  return results;
}

const seriesOf = (results: Map<string, Round[]>, pick: (round: Round) => number): Series[] =>
  [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));

function tableOf(kind: string, results: Map<string, Round[]>) {
  const [rates, pads] = [seriesOf(results, ({ perSecond }) => perSecond), seriesOf(results, ({ padFactor }) => padFactor)];
  const ours = rates[0] as Series;
  return {
    title: `Texts of mixed length, ${kind} file`,
    columns: ['how', 'tokens/s', 'spread', 'computed tokens per token', 'Cairn is'],
    rows: rates.map((one, at) => {
      const pad = median((pads[at] as Series).rounds);
      return [one.name, number(median(one.rounds)), percent(spread(one.rounds)), number(pad), times(pairedRatio(ours.rounds, one.rounds))];
    }),
  };
}

function goalsOf(kind: string, results: Map<string, Round[]>): GoalResult[] {
  const [subject, baseline] = seriesOf(results, ({ perSecond }) => perSecond) as [Series, Series];
  const pads = (seriesOf(results, ({ padFactor }) => padFactor)[0] as Series).rounds;
  const none = { name: 'no padding', rounds: pads.map(() => 1) };
  return [
    judge({ goal: 'G6', what: `tokens/s of packed runs, ${kind}`, subject, baseline, limit: { atLeast: 2.3 } }),
    judge({ goal: 'G6', what: `computed tokens per token, ${kind}`, subject: { name: PACKED, rounds: pads }, baseline: none, limit: { atMost: 1.06 } }),
  ];
}

import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { BUILT_IN_MODEL, EmbeddingRuntime } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { Child } from '../core/child.js';
import { number, percent, times } from '../core/format.js';
import { type GoalResult, judge, notMeasured, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { smallestCosine } from './cosine.js';
import { weightsOf } from './model-files.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';
import { installTransformers, layOutModel, TRANSFORMERS_VERSION } from './transformers-package.js';

const OURS = 'Cairn';
const PEER = `transformers.js ${TRANSFORMERS_VERSION}`;
const BATCHED = { name: `${PEER}, batches of 32`, batch: 32, limit: { atLeast: 3 } };
const SINGLE = { name: `${PEER}, one at a time`, batch: 1, limit: { atLeast: 1.3 } };
const PEERS = [BATCHED, SINGLE];
const SAME = { goal: 'G5', what: 'smallest cosine between its vectors and ours', limit: { atLeast: 0.9999 } };
const goalOf = (what: { name: string }, kind: string): string => `texts/s against ${what.name}, ${kind}`;

/** G5: texts in, vectors out, of the same file. */
export async function measureTransformers(setting: Setting): Promise<Part> {
  const kind = setting.fp32 ? 'fp32' : '8-bit';
  let library: string;
  try {
    library = await installTransformers(setting.context.log);
  } catch (error) {
    setting.context.log(`transformers.js could not be fetched: ${(error as Error).message}`);
    return without(kind);
  }
  const models = layOutModel(weightsOf(setting.fp32 ?? BUILT_IN_MODEL));
  try {
    return await beside(setting, kind, library, models);
  } finally {
    rmSync(models, { recursive: true });
  }
}

function without(kind: string): Part {
  const goals = PEERS.map((peer) => notMeasured({ goal: 'G5', what: goalOf(peer, kind), baseline: peer.name, limit: peer.limit }));
  const notes = ['transformers.js was not measured: npm could not fetch it.'];
  return { tables: [], goals: [...goals, notMeasured({ ...SAME, baseline: PEER })], notes, raw: {} };
}

async function beside({ context, size, fp32 }: Setting, kind: string, library: string, models: string): Promise<Part> {
  const texts = new TextSource(14).mix(size.texts);
  const runtime = await EmbeddingRuntime.start({ model: fp32 ?? BUILT_IN_MODEL });
  const child = await Child.start(new URL('./transformers.process.js', import.meta.url), { library, models, threads: availableParallelism(), texts });
  const cosine = await smallestCosine(runtime, child, texts);
  const ways = [
    { name: OURS, ms: () => timed(() => runtime.embedDocuments(texts)) },
    ...PEERS.map(({ name, batch }) => ({ name, ms: async () => (await child.ask({ kind: 'time', batch }, 'time')).ms as number })),
  ];
  const results = await interleave(ways, size.rounds, async ({ name, ms }, round) => {
    const perSecond = (texts.length / (await ms())) * 1_000;
    context.log(`round ${round}  ${name}: ${number(perSecond)} texts/s`);
    return perSecond;
  });
  await Promise.all([runtime.stop(), child.stop()]);
  return partOf(
    [...results].map(([name, rounds]) => ({ name, rounds })),
    kind,
    cosine,
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function partOf(series: Series[], kind: string, cosine: number): Part {
  const [ours, ...peers] = series as [Series, ...Series[]];
  const same: GoalResult = {
    ...SAME,
    subject: OURS,
    baseline: PEER,
    ratio: cosine,
    verdict: cosine >= SAME.limit.atLeast ? 'met' : 'missed',
    baselineSpread: 0,
  };
  return {
    tables: [
      {
        title: `Texts in, vectors out, ${kind} file`,
        columns: ['who', 'texts/s', 'spread', 'Cairn is'],
        rows: series.map(({ name, rounds }) => [name, number(median(rounds)), percent(spread(rounds)), times(pairedRatio(ours.rounds, rounds))]),
      },
    ],
    goals: [...PEERS.map((peer, at) => judge({ goal: 'G5', what: goalOf(peer, kind), subject: ours, baseline: peers[at] as Series, limit: peer.limit })), same],
    notes: [`The smallest cosine between a vector of transformers.js and ours is ${cosine.toFixed(6)}.`],
    raw: { cosine, rounds: Object.fromEntries(series.map(({ name, rounds }) => [name, rounds])) },
  };
}

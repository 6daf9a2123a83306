import { BUILT_IN_MODEL, type OnnxModel } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Limit, notMeasured, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { embedInOrder } from './in-order.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';
import { modelRateOf, WatchedRuntime } from './watched-runtime.js';

interface Shape {
  name: string;
  rows: number;
  width: number;
  /** Texts of a round. */
  texts: number;
  limit: Limit;
}

const BATCH: Limit = { atLeast: 1.9 };
const SHAPES: readonly Shape[] = [
  { name: '8 x 64', rows: 8, width: 64, texts: 128, limit: BATCH },
  { name: '8 x 96', rows: 8, width: 96, texts: 96, limit: BATCH },
  { name: '8 x 128', rows: 8, width: 128, texts: 64, limit: BATCH },
  { name: 'one query of 12', rows: 1, width: 12, texts: 200, limit: { atLeast: 4 } },
];

/** G7: the built-in file against the published one that it was made from, inside the model's thread. */
export async function measurePrecision(setting: Setting): Promise<Part> {
  if (!setting.fp32) {
    const goals = SHAPES.map(({ name, limit }) => notMeasured({ goal: 'G7', what: goalOf(name), baseline: `fp32, ${name}`, limit }));
    return { tables: [], goals, notes: [], raw: {} };
  }
  return partOf(await measure(setting, setting.fp32));
}

const goalOf = (shape: string): string => `8-bit against fp32, ${shape}, 1 thread`;

async function measure({ context, size }: Setting, fp32: OnnxModel): Promise<Map<string, number[]>> {
  const files = await Promise.all(
    [BUILT_IN_MODEL, fp32].map(async (model, at) => ({ kind: at === 0 ? '8-bit' : 'fp32', watched: await WatchedRuntime.start({ model, threads: 1 }) })),
  );
  const contestants = SHAPES.flatMap((shape) => files.map((file) => ({ ...file, shape, name: `${file.kind}, ${shape.name}` })));
  const source = new TextSource(6);
  const results = await interleave(contestants, size.rounds, async ({ name, watched, shape }, round) => {
    const texts = source.many(shape.texts, shape.width);
    const { runs } = await watched.during((runtime) => embedInOrder(runtime, texts, shape.rows));
    const perSecond = modelRateOf(runs);
    context.log(`round ${round}  ${name}: ${number(perSecond)} tokens/s`);
    return perSecond;
  });
  await Promise.all(files.map(({ watched }) => watched.stop()));
  return results;
}

function partOf(results: Map<string, number[]>): Part {
  const named = (name: string): Series => ({ name, rounds: results.get(name) as number[] });
  const pairs = SHAPES.map((shape) => ({ ...shape, subject: named(`8-bit, ${shape.name}`), baseline: named(`fp32, ${shape.name}`) }));
  return {
    tables: [
      {
        title: 'The built-in 8-bit file against fp32, on one thread',
        columns: ['texts x tokens', '8-bit tokens/s', 'fp32 tokens/s', 'spread of fp32', '8-bit is'],
        rows: pairs.map(({ name, subject, baseline }) => {
          const [ours, theirs] = [subject.rounds, baseline.rounds];
          return [name, number(median(ours)), number(median(theirs)), percent(spread(theirs)), times(pairedRatio(ours, theirs))];
        }),
      },
    ],
    goals: pairs.map(({ name, subject, baseline, limit }) => judge({ goal: 'G7', what: goalOf(name), subject, baseline, limit })),
    notes: [],
    raw: Object.fromEntries(results),
  };
}

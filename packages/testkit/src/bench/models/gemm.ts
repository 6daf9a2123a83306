import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxModel } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, notMeasured, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { encoderOperationsPerToken, PRODUCTS_PER_TOKEN, writeGemmModel } from './gemm-graph.js';
import { embedInOrder } from './in-order.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';
import { modelRateOf, WatchedRuntime } from './watched-runtime.js';

const WIDTHS = [64, 128];
const ROWS = 8;
/** Of a round: a second or so at a time. */
const TOKENS = 8_192;
const LIMIT = { atLeast: 0.8 };

/** G6: how much of what the machine can multiply the encoder turns into vectors, on one thread. */
export async function measureGemmShare(setting: Setting): Promise<Part> {
  if (!setting.fp32) {
    const goals = WIDTHS.map((width) => notMeasured({ goal: 'G6', what: goalOf(width), baseline: productsAt(width), limit: LIMIT }));
    return { tables: [], goals, notes: [], raw: {} };
  }
  const folder = mkdtempSync(join(tmpdir(), 'cairn-bench-gemm-'));
  try {
    return partOf(await measure(setting, setting.fp32, await writeGemmModel(folder)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const goalOf = (width: number): string => `the encoder's share of the GEMM rate, ${ROWS} x ${width}, 1 thread`;
const productsAt = (width: number): string => `matrix products only, ${ROWS} x ${width}`;
const encoderAt = (width: number): string => `encoder, ${ROWS} x ${width}`;

async function measure({ context, size }: Setting, fp32: OnnxModel, gemm: OnnxModel): Promise<Map<string, number[]>> {
  const [encoder, products] = await Promise.all([WatchedRuntime.start({ model: fp32, threads: 1 }), WatchedRuntime.start({ model: gemm, threads: 1 })]);
  const contestants = WIDTHS.flatMap((width) => [
    { name: encoderAt(width), width, watched: encoder, operations: encoderOperationsPerToken(width) },
    { name: productsAt(width), width, watched: products, operations: PRODUCTS_PER_TOKEN },
  ]);
  const source = new TextSource(4);
  const results = await interleave(contestants, size.rounds, async ({ name, width, watched, operations }, round) => {
    const texts = source.many(TOKENS / width, width);
    const { runs } = await watched.during((runtime) => embedInOrder(runtime, texts, ROWS));
    const gigaflops = (modelRateOf(runs) * operations) / 1e9;
    context.log(`round ${round}  ${name}: ${number(gigaflops)} GFLOP/s`);
    return gigaflops;
  });
  await Promise.all([encoder.stop(), products.stop()]);
  return results;
}

function partOf(results: Map<string, number[]>): Part {
  const named = (name: string): Series => ({ name, rounds: results.get(name) as number[] });
  const rows = WIDTHS.flatMap((width) => {
    const ceiling = named(productsAt(width));
    return [named(encoderAt(width)), ceiling].map(({ name, rounds }) => {
      return [name, number(median(rounds)), percent(spread(rounds)), times(pairedRatio(rounds, ceiling.rounds))];
    });
  });
  return {
    tables: [{ title: 'Arithmetic on one thread, fp32 file', columns: ['what', 'GFLOP/s', 'spread', 'of the products alone'], rows }],
    goals: WIDTHS.map((width) =>
      judge({ goal: 'G6', what: goalOf(width), subject: named(encoderAt(width)), baseline: named(productsAt(width)), limit: LIMIT }),
    ),
    notes: [],
    raw: Object.fromEntries(results),
  };
}

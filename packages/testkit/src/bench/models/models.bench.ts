import type { Bench, BenchResult, Part } from '../core/bench.js';
import { measureGemmShare } from './gemm.js';
import { measureIngest } from './ingest.js';
import { measureInteractive } from './interactive.js';
import { measureMemory } from './memory.js';
import { fp32Model } from './model-files.js';
import { measurePacking } from './packing.js';
import { NO_FP32, type Setting, type Size } from './part.js';
import { measurePrecision } from './precision.js';
import { LONGEST, MEDIAN_TOKENS } from './texts.js';
import { measureTransformers } from './transformers.js';

const FULL: Size = { rounds: 5, texts: 512, queries: 320, documents: 1_536 };
const QUICK: Size = { rounds: 3, texts: 128, queries: 96, documents: 384 };

const PARTS: Record<string, (setting: Setting) => Promise<Part>> = {
  packing: measurePacking,
  gemm: measureGemmShare,
  transformers: measureTransformers,
  precision: measurePrecision,
  interactive: measureInteractive,
  memory: measureMemory,
  ingest: measureIngest,
};

export const MODELS: Bench = {
  name: 'models',
  title: 'Models: texts in, vectors out',
  run: async (context) => {
    const setting: Setting = { context, size: context.quick ? QUICK : FULL, fp32: fp32Model() };
    const found: Record<string, Part> = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      context.log(`- ${name}`);
      found[name] = await measure(setting);
    }
    return resultOf(found, setting);
  },
};

function resultOf(found: Record<string, Part>, { size, fp32 }: Setting): BenchResult {
  const parts = Object.values(found);
  return {
    scenario: `${size.texts} made-up texts of the model's vocabulary (lognormal, median ${MEDIAN_TOKENS} tokens, at most ${LONGEST}) through all-MiniLM-L6-v2; ${size.queries} queries in each round; ${size.documents} texts through the whole system. All processors unless one thread is said. ${size.rounds} rounds.`,
    tables: parts.flatMap(({ tables }) => tables),
    goals: parts.flatMap(({ goals }) => goals),
    notes: [...parts.flatMap(({ notes }) => notes), ...(fp32 ? [] : [NO_FP32])],
    raw: Object.fromEntries(Object.entries(found).map(([name, { raw }]) => [name, raw])),
  };
}

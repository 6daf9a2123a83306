import { TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Bench, BenchResult, Part } from '../core/bench.js';
import { measureFolder } from './folder.js';
import { measureLongPdf } from './long-pdf.js';
import { measureOneAlone } from './one-alone.js';
import { measureRate } from './rate.js';
import type { Setting, Size } from './setting.js';

const FULL: Size = { rounds: 5, documents: 300, files: 10_000, pages: 1_000, alone: 40 };
const QUICK: Size = { rounds: 3, documents: 60, files: 500, pages: 100, alone: 10 };

const PARTS: Record<string, (setting: Setting) => Promise<Part>> = {
  alone: measureOneAlone,
  rate: measureRate,
  folder: measureFolder,
  pdf: measureLongPdf,
};

export const DOCUMENTS: Bench = {
  name: 'documents',
  title: 'Documents: from a file to a hit',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const found: Record<string, Part> = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      context.log(`- ${name}`);
      const system = await TestSystem.start({ stack: context.stack, env: AS_IN_PRODUCTION });
      found[name] = await measure({ context, system, size });
      await system.stop();
    }
    return resultOf(found, size);
  },
};

function resultOf(found: Record<string, Part>, size: Size): BenchResult {
  const parts = Object.values(found);
  return {
    scenario: `${size.documents} made-up documents of several chunks as JSON, ${size.rounds} rounds; a folder of ${size.files} small text files, looked through twice; one PDF of ${size.pages} pages; ${size.alone} documents one after the other. All through HTTP, all four services on one machine, the built-in model.`,
    tables: parts.flatMap(({ tables }) => tables),
    goals: parts.flatMap(({ goals }) => goals),
    notes: parts.flatMap(({ notes }) => notes),
    raw: Object.fromEntries(Object.entries(found).map(([name, { raw }]) => [name, raw])),
  };
}

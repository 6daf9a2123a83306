import type { Bench, BenchResult, Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { BusySystem } from './busy-system.js';
import { measureGrowth } from './growth.js';
import { measureManyCollections } from './many-collections.js';
import { measureNeighbour } from './neighbour.js';
import { measureRecall } from './recall.js';
import { POINTS, type Setting, type Size } from './setting.js';
import { measureUnderWrites } from './under-writes.js';

const FULL: Size = {
  rounds: 5,
  tenants: 100,
  grownTenants: 1_000,
  queries: 1_000,
  collections: 200,
  recallPoints: 200_000,
  recallQueries: 100,
  busyPoints: 100_000,
  busyQueries: 200,
};
const QUICK: Size = {
  rounds: 3,
  tenants: 3,
  grownTenants: 30,
  queries: 200,
  collections: 10,
  recallPoints: 10_000,
  recallQueries: 50,
  busyPoints: 4_000,
  busyQueries: 60,
};

const PARTS: Record<string, (setting: Setting) => Promise<Part>> = {
  recall: measureRecall,
  collections: measureManyCollections,
  growth: measureGrowth,
};
/** These share a system that is at work. */
const BUSY_PARTS: Record<string, (setting: Setting, busy: BusySystem) => Promise<Part>> = {
  writes: measureUnderWrites,
  neighbour: measureNeighbour,
};

export const SCALE: Bench = {
  name: 'scale',
  title: 'Scale: many points, organisations and collections, and others at work',
  run: async (context) => {
    const setting: Setting = { context, size: context.quick ? QUICK : FULL };
    const found: Record<string, Part> = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      context.log(`- ${name}`);
      found[name] = await measure(setting);
    }
    const busy = await BusySystem.start(setting);
    for (const [name, measure] of Object.entries(BUSY_PARTS)) {
      context.log(`- ${name}`);
      found[name] = await measure(setting, busy);
    }
    await busy.stop();
    return resultOf(found, setting.size);
  },
};

function resultOf(found: Record<string, Part>, size: Size): BenchResult {
  const parts = Object.values(found);
  const { tenants, grownTenants, collections, recallPoints, busyPoints, rounds } = size;
  return {
    scenario: `Growth: ${tenants} organisations of ${number(POINTS)} points, then ${grownTenants} in the same space. Collections: ${collections} of ${number(POINTS)} chunks, and one with as many chunks, each in a Qdrant of its own. Recall: ${number(recallPoints)} points of 50 organisations. Work of others: ${number(busyPoints)} points of 50 organisations, all four services, searches over HTTP at an even pace. ${rounds} rounds.`,
    tables: parts.flatMap(({ tables }) => tables),
    goals: parts.flatMap(({ goals }) => goals),
    notes: parts.flatMap(({ notes }) => notes),
    raw: Object.fromEntries(Object.entries(found).map(([name, { raw }]) => [name, raw])),
  };
}

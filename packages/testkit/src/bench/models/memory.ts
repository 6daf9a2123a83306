import { statSync } from 'node:fs';
import { BUILT_IN_MODEL, type OnnxModel } from '@cairn/models';
import type { Part } from '../core/bench.js';
import { Child } from '../core/child.js';
import { number, percent, times } from '../core/format.js';
import { judge } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, spread } from '../core/statistics.js';
import { weightsOf } from './model-files.js';
import type { Setting } from './part.js';

interface Contestant {
  name: string;
  model: OnnxModel;
  fileMegabytes: number;
}

/** Megabytes that the process holds. */
interface Memory {
  before: number;
  loaded: number;
  worked: number;
  peak: number;
}

const DOCUMENTS = 256;

/** G13: what a process grows by with the model in it, a session for documents and one for queries, against the model's file. */
export async function measureMemory({ context, size, fp32 }: Setting): Promise<Part> {
  const contestants = [contestant('8-bit', BUILT_IN_MODEL), ...(fp32 ? [contestant('fp32', fp32)] : [])];
  const results = await interleave(contestants, size.rounds, async ({ name, model }, round) => {
    const child = await Child.start(new URL('./memory.process.js', import.meta.url), { model, documents: DOCUMENTS });
    const memory = (await child.ask({ kind: 'memory' }, 'memory')) as unknown as Memory;
    await child.stop();
    context.log(`round ${round}  ${name}: ${number(memory.before)} MiB, ${number(memory.loaded)} with the model, ${number(memory.worked)} after work`);
    return memory;
  });
  return partOf(contestants, results);
}

const contestant = (name: string, model: OnnxModel): Contestant => ({ name, model, fileMegabytes: statSync(weightsOf(model)).size / 2 ** 20 });

function partOf(contestants: Contestant[], results: Map<string, Memory[]>): Part {
  const growth = (name: string, pick: (memory: Memory) => number) => (results.get(name) as Memory[]).map((one) => pick(one) - one.before);
  return {
    tables: [
      {
        title: 'Memory of a process with the model, MiB',
        columns: ['file', 'size', 'grows by: loaded', 'after work', 'at most', 'spread after work', 'after work, of the file'],
        rows: contestants.map(({ name, fileMegabytes }) => {
          const worked = growth(name, (one) => one.worked);
          const figures = [growth(name, (one) => one.loaded), worked, growth(name, (one) => one.peak)].map((rounds) => number(median(rounds)));
          return [name, number(fileMegabytes), ...figures, percent(spread(worked)), times(median(worked) / fileMegabytes)];
        }),
      },
    ],
    goals: contestants.map(({ name, fileMegabytes }) => {
      const subject = { name, rounds: growth(name, (one) => one.worked) };
      const baseline = { name: `its file of ${number(fileMegabytes)} MiB`, rounds: subject.rounds.map(() => fileMegabytes) };
      return judge({ goal: 'G13', what: `growth of the process by the model, ${name}`, subject, baseline, limit: { atMost: 2.5 } });
    }),
    notes: [],
    raw: Object.fromEntries(results),
  };
}

import { fileURLToPath } from 'node:url';
import { startStack } from '@cairn/stack';
import { ACCEPT } from './accept/accept.bench.js';
import { BOOT } from './boot/boot.bench.js';
import type { Bench, BenchContext } from './core/bench.js';
import { saveReport, writeDocs } from './core/documents.js';
import { commitOf, describeMachine } from './core/machine.js';
import { type BenchRun, type Report, textOf } from './core/render.js';
import { DISPATCHER } from './dispatcher/dispatcher.bench.js';
import { DOCUMENTS } from './documents/documents.bench.js';
import { HTTP } from './http/http.bench.js';
import { JOBS } from './jobs/jobs.bench.js';
import { MODELS } from './models/models.bench.js';
import { RELEVANCE } from './relevance/relevance.bench.js';
import { SCALE } from './scale/scale.bench.js';
import { SEARCH } from './search/search.bench.js';
import { SQL_STATEMENTS } from './sql/sql.bench.js';
import { UPSERT } from './upsert/upsert.bench.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const BENCHES: readonly Bench[] = [JOBS, ACCEPT, DISPATCHER, SEARCH, SQL_STATEMENTS, SCALE, UPSERT, MODELS, DOCUMENTS, RELEVANCE, HTTP, BOOT];
const USAGE = `Usage: npm run bench -- [${BENCHES.map(({ name }) => name).join('|')} …] [--quick] [--write-docs]`;

const args = process.argv.slice(2);
const flags = new Set(args.filter((arg) => arg.startsWith('--')));
const names = args.filter((arg) => !arg.startsWith('--'));
const say = (line: string) => console.log(line);

function wanted(): readonly Bench[] {
  const unknown = [
    ...names.filter((name) => !BENCHES.some((bench) => bench.name === name)),
    ...[...flags].filter((flag) => !['--quick', '--write-docs'].includes(flag)),
  ];
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: unknown.\n${USAGE}`);
  return names.length > 0 ? BENCHES.filter(({ name }) => names.includes(name)) : BENCHES;
}

async function runOne(bench: Bench, quick: boolean): Promise<BenchRun> {
  say(`\n-- ${bench.title}`);
  const machine = describeMachine();
  if (machine.loadBefore > machine.cores / 4) say(`The machine is busy (load ${machine.loadBefore}): figures will be noisy.`);
  // A stack of its own for every bench: nobody measures on another's leftovers.
  const stack = await startStack();
  try {
    const context: BenchContext = { stack, quick, log: say };
    const result = await bench.run(context);
    say(`\n${textOf(bench.title, result)}`);
    return { title: bench.title, at: new Date().toISOString(), commit: commitOf(ROOT), quick, machine, result };
  } finally {
    await stack.stop();
  }
}

async function main(): Promise<void> {
  const benches = wanted();
  const report: Report = { benches: {} };
  const at = new Date().toISOString();
  for (const bench of benches) {
    report.benches[bench.name] = await runOne(bench, flags.has('--quick'));
    say(`\nwritten to ${saveReport(ROOT, at, report)}`);
  }
  if (!flags.has('--write-docs')) return;
  const titles = BENCHES.map(({ title }) => title);
  say(`written to ${writeDocs(ROOT, titles)}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);

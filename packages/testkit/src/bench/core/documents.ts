import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownOf, type Report } from './render.js';

const BEGIN = '<!-- measured: written by `npm run bench -- --write-docs` -->';
const END = '<!-- /measured -->';

/** Keeps the figures of a run under `.cairn/bench`, and answers the file. */
export function saveReport(root: string, at: string, report: Report): string {
  const folder = folderOf(root);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${at.replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
  return file;
}

/** Puts the newest full run of each bench between the two marks of docs/benchmarks.md; what stands around them is written by people. */
export function writeDocs(root: string, order: readonly string[]): string {
  const file = join(root, 'docs', 'benchmarks.md');
  const text = markdownOf(newestOfEach(root, order));
  writeFileSync(file, replaceMeasured(readFileSync(file, 'utf8'), text));
  return file;
}

const folderOf = (root: string): string => join(root, '.cairn', 'bench');

/** From however many runs, so that one bench can be repeated without the others. Quick runs are not for quoting. */
function newestOfEach(root: string, order: readonly string[]): Report {
  const names = readdirSync(folderOf(root)).filter((name) => name.endsWith('.json'));
  const reports = names.sort().map((name) => JSON.parse(readFileSync(join(folderOf(root), name), 'utf8')) as Report);
  const runs = reports.flatMap(({ benches }) => Object.entries(benches)).filter(([, { quick }]) => !quick);
  const newest = Object.fromEntries(runs);
  return { benches: Object.fromEntries(order.flatMap((name) => (newest[name] ? [[name, newest[name]]] : []))) };
}

export function replaceMeasured(text: string, measured: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place between "${BEGIN}" and "${END}"`);
  return `${text.slice(0, from + BEGIN.length)}\n\n${measured}\n\n${text.slice(to)}`;
}

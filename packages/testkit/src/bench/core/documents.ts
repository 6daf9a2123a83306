import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownOf, type Report } from './render.js';

const BEGIN = '<!-- measured: written by `npm run bench -- --write-docs` -->';
const END = '<!-- /measured -->';

/** Keeps the figures of a run under `.cairn/bench`, and answers the file. */
export function saveReport(root: string, report: Report): string {
  const folder = join(root, '.cairn', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.at.replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
  return file;
}

/** Puts the report between the two marks of docs/benchmarks.md; what stands around them is written by people. */
export function writeDocs(root: string, report: Report): string {
  const file = join(root, 'docs', 'benchmarks.md');
  writeFileSync(file, replaceMeasured(readFileSync(file, 'utf8'), markdownOf(report)));
  return file;
}

export function replaceMeasured(text: string, measured: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no place between "${BEGIN}" and "${END}"`);
  return `${text.slice(0, from + BEGIN.length)}\n\n${measured}\n\n${text.slice(to)}`;
}

/** The newest result of each bench, from however many runs: so that one bench can be repeated without the others. */
export function newestOfEach(root: string): Report | undefined {
  const folder = join(root, '.cairn', 'bench');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const reports = files.sort().map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Report);
  const full = reports.filter(({ quick }) => !quick);
  const last = full.at(-1);
  return last && { ...last, benches: Object.assign({}, ...full.map(({ benches }) => benches)) };
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchRun, type Report, SECTION, sectionOf } from './render.js';

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

/**
 * Puts the newest full run of each bench between the two marks of docs/benchmarks.md. A bench that was not run here keeps the figures that it has there, and
 * what people wrote around the marks stays.
 */
export function writeDocs(root: string, titles: readonly string[]): string {
  const file = join(root, 'docs', 'benchmarks.md');
  writeFileSync(file, replaceSections(readFileSync(file, 'utf8'), titles, newestOfEach(root).map(sectionOf)));
  return file;
}

const folderOf = (root: string): string => join(root, '.cairn', 'bench');

/** From however many runs, so that one bench can be repeated without the others. Quick runs are not for quoting. */
function newestOfEach(root: string): BenchRun[] {
  const names = readdirSync(folderOf(root)).filter((name) => name.endsWith('.json'));
  const reports = names.sort().map((name) => JSON.parse(readFileSync(join(folderOf(root), name), 'utf8')) as Report);
  const runs = reports.flatMap(({ benches }) => Object.entries(benches)).filter(([, { quick }]) => !quick);
  return Object.values(Object.fromEntries(runs));
}

/** The page with these sections instead of what it has of the same titles, in the order of all titles. */
export function replaceSections(page: string, titles: readonly string[], sections: readonly string[]): string {
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  if (from < BEGIN.length || to < from) throw new Error(`docs/benchmarks.md has no place between "${BEGIN}" and "${END}"`);
  const known = page.slice(from, to).split(new RegExp(`^(?=${SECTION})`, 'm'));
  const byTitle = new Map([...known, ...sections].map((section) => [titleOf(section), section.trim()]));
  const kept = titles.flatMap((title) => byTitle.get(title) ?? []);
  return `${page.slice(0, from)}\n\n${kept.join('\n\n')}\n\n${page.slice(to)}`;
}

const titleOf = (section: string): string => section.split('\n', 1)[0]?.replace(SECTION, '') ?? '';

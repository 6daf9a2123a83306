import type { BenchResult, Table } from './bench.js';
import { percent, times } from './format.js';
import { describeLimit, type GoalResult } from './goals.js';
import type { Machine } from './machine.js';

export interface Report {
  at: string;
  commit: string;
  quick: boolean;
  machine: Machine;
  benches: Record<string, { title: string; result: BenchResult }>;
}

/** The goals of several benches as one table. */
export function goalsTable(goals: readonly GoalResult[]): Table {
  return {
    title: 'Goals',
    columns: ['goal', 'what', 'measured', 'asked', 'verdict', 'spread of the baseline'],
    rows: goals.map((one) => [one.goal, `${one.what} (${one.baseline})`, times(one.ratio), describeLimit(one.limit), one.verdict, percent(one.baselineSpread)]),
  };
}

export function markdownTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The same table for a terminal. */
export function textTable({ columns, rows }: Table): string {
  const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

export function textOf(title: string, result: BenchResult): string {
  const tables = [...result.tables, ...(result.goals.length > 0 ? [goalsTable(result.goals)] : [])];
  const parts = tables.map((table) => `${table.title}\n${textTable(table)}`);
  return [`== ${title} ==`, result.scenario, ...parts, ...result.notes.map((note) => `* ${note}`)].join('\n\n');
}

/** The measured part of docs/benchmarks.md. */
export function markdownOf(report: Report): string {
  const { machine } = report;
  const benches = Object.values(report.benches);
  const heading = `Measured on ${report.at.slice(0, 10)} at commit ${report.commit}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}; load before the run ${machine.loadBefore}.${report.quick ? ' **A quick run: fewer rounds and smaller numbers, not to be quoted.**' : ''}`;
  const goals = goalsTable(benches.flatMap(({ result }) => result.goals));
  const sections = benches.map(({ title, result }) =>
    [
      `### ${title}`,
      result.scenario,
      ...result.tables.map((table) => `**${table.title}**\n\n${markdownTable(table)}`),
      ...(result.notes.length > 0 ? [result.notes.map((note) => `- ${note}`).join('\n')] : []),
    ].join('\n\n'),
  );
  return [heading, markdownTable(goals), ...sections].join('\n\n');
}

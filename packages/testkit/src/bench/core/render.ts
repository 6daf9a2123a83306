import type { BenchResult, Table } from './bench.js';
import { percent, times } from './format.js';
import { describeLimit, type GoalResult } from './goals.js';
import type { Machine } from './machine.js';

/** One bench as it was run: when, on what code, on what machine. */
export interface BenchRun {
  title: string;
  at: string;
  commit: string;
  quick: boolean;
  machine: Machine;
  result: BenchResult;
}

export interface Report {
  benches: Record<string, BenchRun>;
}

/** What a section of docs/benchmarks.md begins with, before its title. */
export const SECTION = '### ';

const tablesOf = ({ tables, goals }: BenchResult): readonly Table[] => [...(goals.length > 0 ? [goalsTable(goals)] : []), ...tables];

function goalsTable(goals: readonly GoalResult[]): Table {
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
  const parts = tablesOf(result).map((table) => `${table.title}\n${textTable(table)}`);
  return [`== ${title} ==`, result.scenario, ...parts, ...result.notes.map((note) => `* ${note}`)].join('\n\n');
}

/** A bench in docs/benchmarks.md. */
export function sectionOf({ title, at, commit, quick, machine, result }: BenchRun): string {
  const tables = tablesOf(result).map((table) => `**${table.title}**\n\n${markdownTable(table)}`);
  const notes = result.notes.length > 0 ? [result.notes.map((note) => `- ${note}`).join('\n')] : [];
  const measured = `Measured on ${at.slice(0, 10)} at commit ${commit}: ${describe(machine)}.${quick ? ' **A quick run, not to be quoted.**' : ''}`;
  return [`${SECTION}${title}`, result.scenario, ...tables, ...notes, measured].join('\n\n');
}

function describe({ cpu, cores, memoryGiB, kernel, node, loadBefore }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel.split('-')[0]}, Node ${node}, load before it ${loadBefore}`;
}

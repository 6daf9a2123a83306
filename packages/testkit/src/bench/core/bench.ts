import type { Stack } from '@cairn/stack';
import type { GoalResult } from './goals.js';

export interface BenchContext {
  stack: Stack;
  /** Smaller numbers and fewer rounds: to see that it works, not to be quoted. */
  quick: boolean;
  log: (line: string) => void;
}

export interface Table {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export interface BenchResult {
  /** What was done, in a sentence or two that a reader can repeat it by. */
  scenario: string;
  tables: readonly Table[];
  goals: readonly GoalResult[];
  notes: readonly string[];
  /** Every figure of every round. */
  raw: unknown;
}

/** What one part of a bench found. */
export type Part = Omit<BenchResult, 'scenario'>;

export interface Bench {
  name: string;
  title: string;
  run(context: BenchContext): Promise<BenchResult>;
}

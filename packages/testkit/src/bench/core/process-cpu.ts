import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process, of its children, and of the children it has already buried: all of a Postgres, whatever its backends. */
export function cpuSecondsOf(pid: number | null): number {
  if (pid === null) return Number.NaN;
  const own = statOf(pid);
  if (!own) return 0;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  return children.reduce((sum, stat) => sum + (stat?.ticks ?? 0), own.ticks + own.buriedTicks) / TICKS_PER_SECOND;
}

function statOf(pid: number): { parent: number; ticks: number; buriedTicks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; what follows the last bracket is numbers.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (field: number) => fields[field - 3] as number;
    return { parent: at(4), ticks: at(14) + at(15), buriedTicks: at(16) + at(17) };
  } catch {
    return undefined;
  }
}

import { readdirSync, readFileSync } from 'node:fs';

const LOOK_MS = 100;
const PAGE_BYTES = 4_096;

/** Megabytes of memory that a process and its children hold at most while `work` runs, and what they held before. */
export async function memoryDuring<T>(pid: number, work: () => Promise<T>): Promise<{ value: T; before: number; peak: number }> {
  const before = megabytesOf(pid);
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, megabytesOf(pid));
  }, LOOK_MS);
  try {
    return { value: await work(), before, peak };
  } finally {
    clearInterval(timer);
  }
}

/** Megabytes of memory that a process and its children hold. */
export function megabytesOf(root: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: parentOf(name) }));
  const family = new Set([root]);
  // A child has a greater number than its parent as long as numbers do not start again.
  for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  return [...family].reduce((sum, pid) => sum + residentBytesOf(pid), 0) / 2 ** 20;
}

function parentOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function residentBytesOf(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * PAGE_BYTES;
}

// A process may end between the list and the look.
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

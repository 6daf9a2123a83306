import type { Writable } from 'node:stream';

const EVERY_MS = 100;
const WIDTH = 24;

/** A line that says how far something is: drawn over and over on a terminal, one line for each step elsewhere. */
export class Progress {
  private drawnAt = 0;
  private step = '';
  private isOpen = false;

  constructor(private readonly out: Writable & { isTTY?: boolean }) {}

  show(step: string, done: number, total: number, unit: 'bytes' | 'share' = 'share'): void {
    const isNew = step !== this.step;
    this.step = step;
    if (!this.out.isTTY) {
      if (isNew) this.out.write(`${step}\n`);
      return;
    }
    if (!isNew && done < total && performance.now() - this.drawnAt < EVERY_MS) return;
    this.drawnAt = performance.now();
    if (isNew) this.end();
    const share = total > 0 ? done / total : 1;
    const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
    const amount = unit === 'bytes' ? `${megabytes(done)} of ${megabytes(total)} MB` : '';
    this.out.write(`\r${step.padEnd(36)} [${bar}] ${String(Math.floor(share * 100)).padStart(3)} % ${amount}\u001b[K`);
    this.isOpen = true;
  }

  /** What comes next begins on a line of its own. */
  end(): void {
    if (this.isOpen) this.out.write('\n');
    this.isOpen = false;
  }
}

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

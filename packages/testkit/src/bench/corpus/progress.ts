import { number } from '../core/format.js';

const PARTS = 10;

/** Says at each tenth how far a long work is. */
export class Progress {
  private readonly startedAt = performance.now();
  private done = 0;
  private said = 0;

  constructor(
    private readonly log: (line: string) => void,
    private readonly what: string,
    private readonly total: number,
  ) {}

  add(count: number): void {
    this.done += count;
    const part = Math.floor((this.done * PARTS) / this.total);
    if (part <= this.said) return;
    this.said = part;
    this.log(`${this.what}: ${number(this.done)} of ${number(this.total)}, ${number((performance.now() - this.startedAt) / 1_000)} s`);
  }
}

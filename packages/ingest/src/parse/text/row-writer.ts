import type { TextWriter } from './text-writer.js';

/** What a heading of a column is at most; longer ones are sentences. */
const LONGEST_NAME = 100;

/**
 * Writes the rows of a table, a line each, as they come. Where the first row names the columns, each value is said with its name
 * (`City: Rome; Year: 1960`), so that a row means something when it is found alone; else values are set apart by tabs.
 */
export class RowWriter {
  private first: string[] | undefined;
  private names: string[] | undefined;
  /** Columns that have a name, and no value until now. */
  private readonly empty = new Set<number>();
  rows = 0;

  constructor(private readonly writer: TextWriter) {}

  row(raw: string[]): void {
    const cells = raw.map(inOneLine);
    if (cells.every((cell) => cell === '')) return;
    this.rows++;
    if (this.rows === 1) {
      // Whether it names columns is only of interest when there is more.
      this.first = cells;
      return;
    }
    if (this.first !== undefined) this.settle(this.first);
    if (this.empty.size > 0) for (const [at, cell] of cells.entries()) if (cell !== '') this.empty.delete(at);
    this.line(this.names === undefined ? cells.join('\t') : named(this.names, cells));
  }

  end(): void {
    if (this.first !== undefined) this.line(this.first.join('\t'));
    this.first = undefined;
    // That a table has a column is said somewhere in it, too.
    if (this.empty.size > 0) this.line([...this.empty].map((at) => this.names?.[at]).join('\t'));
    this.empty.clear();
  }

  private settle(first: string[]): void {
    this.first = undefined;
    if (isHeader(first)) {
      this.names = first;
      for (const at of first.keys()) this.empty.add(at);
    } else this.line(first.join('\t'));
  }

  private line(text: string): void {
    this.writer.line(text.trimEnd());
  }
}

const inOneLine = (cell: string): string => (/[\n\t]/.test(cell) ? cell.replaceAll(/[\n\t]+/g, ' ') : cell).trim();

/** Names of columns differ, none is missing, and none is a number. */
function isHeader(row: string[]): boolean {
  return row.length > 1 && new Set(row).size === row.length && row.every((cell) => cell !== '' && !/^[\d.,+-]+$/.test(cell) && cell.length <= LONGEST_NAME);
}

function named(names: string[], row: string[]): string {
  const cells = row.map((cell, at) => (cell === '' || names[at] === undefined ? cell : `${names[at]}: ${cell}`));
  return cells.filter((cell) => cell !== '').join('; ');
}

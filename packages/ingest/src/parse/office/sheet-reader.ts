import { RowWriter } from '../text/row-writer.js';
import type { TextWriter } from '../text/text-writer.js';
import type { Attributes, XmlHandler } from '../xml/read-xml.js';
import { dateInWords } from './cell-formats.js';

export interface CellMeaning {
  /** Texts that cells refer to by number. */
  strings: string[];
  /** Formats that show a number as a date. */
  dates: Set<number>;
  calendar: 1900 | 1904;
}

interface Cell {
  column: number;
  type: string;
  format: number;
  value: string;
}

/** Empty cells are kept up to here, so that a value stands under the name of its column; a cell far to the right follows the last one. */
const MOST_GAPS = 1_000;

/** Writes the rows of a sheet as they come. */
export class SheetReader implements XmlHandler {
  private readonly table: RowWriter;
  private row: string[] = [];
  private cell: Cell | undefined;
  private isValue = false;

  constructor(
    writer: TextWriter,
    private readonly meaning: CellMeaning,
  ) {
    this.table = new RowWriter(writer);
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'row') this.row = [];
    if (name === 'c') this.cell = { column: columnOf(attributes.r ?? ''), type: attributes.t ?? 'n', format: Number(attributes.s ?? 0), value: '' };
    this.isValue = name === 'v' || name === 't';
  }

  text(text: string): void {
    if (this.isValue && this.cell !== undefined) this.cell.value += text;
  }

  close(name: string): void {
    this.isValue = false;
    if (name === 'row') this.table.row(this.row);
    if (name !== 'c' || this.cell === undefined) return;
    const { column } = this.cell;
    while (column < MOST_GAPS && this.row.length < column) this.row.push('');
    this.row.push(this.inWords(this.cell));
    this.cell = undefined;
  }

  end(): void {
    this.table.end();
  }

  private inWords({ type, value, format }: Cell): string {
    if (type === 's') return this.meaning.strings[Number(value)] ?? '';
    if (type === 'b') return value === '1' ? 'true' : 'false';
    return type === 'n' && value !== '' && this.meaning.dates.has(format) ? dateInWords(value, this.meaning.calendar) : value;
  }
}

/** From 0: `B3` is in column 1. -1 where the file does not say. */
function columnOf(place: string): number {
  const letters = /^[A-Z]{1,3}/.exec(place)?.[0] ?? '';
  return [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

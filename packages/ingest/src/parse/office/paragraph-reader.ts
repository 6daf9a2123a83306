import { RowWriter } from '../text/row-writer.js';
import type { TextWriter } from '../text/text-writer.js';
import type { Attributes, XmlHandler } from '../xml/read-xml.js';

/** What is there twice, was deleted or moved away, or is said of the text and not in it. */
const LEFT_OUT = new Set(['Fallback', 'del', 'moveFrom', 'instrText', 'delText', 'rPh']);
const PIECES: Record<string, string> = { tab: '\t', br: '\n', cr: '\n', noBreakHyphen: '-' };

export interface Paragraph {
  style: string | undefined;
  outlineLevel: number | undefined;
  isListed: boolean;
}

interface OpenParagraph extends Paragraph {
  words: string[];
  isHidden: boolean;
}

interface OpenTable {
  rows: string[][];
  cells: string[];
  cell: string[];
}

/** Paragraphs and tables of Word and PowerPoint, whose elements are named alike: `p`, `r`, `t`, `tbl`, `tr`, `tc`. */
export class ParagraphReader implements XmlHandler {
  private readonly paragraphs: OpenParagraph[] = [];
  private readonly tables: OpenTable[] = [];
  private leftOut = 0;
  private isInText = false;

  constructor(
    private readonly writer: TextWriter,
    /** The level of a paragraph that is a heading. */
    private readonly levelOf: (paragraph: Paragraph) => number | undefined,
  ) {}

  open(name: string, attributes: Attributes): void {
    if (LEFT_OUT.has(name)) this.leftOut++;
    if (this.leftOut > 0) return;
    if (name === 'p') this.paragraphs.push({ style: undefined, outlineLevel: undefined, isListed: false, isHidden: false, words: [] });
    else if (name === 'tbl') this.tables.push({ rows: [], cells: [], cell: [] });
    else if (name === 't') this.isInText = true;
    else this.describe(name, attributes);
  }

  text(text: string): void {
    const paragraph = this.paragraphs.at(-1);
    if (this.isInText && this.leftOut === 0 && paragraph?.isHidden === false) paragraph.words.push(text);
  }

  close(name: string): void {
    if (LEFT_OUT.has(name)) this.leftOut--;
    else if (this.leftOut > 0) return;
    else if (name === 't') this.isInText = false;
    else if (name === 'p') this.endParagraph();
    else this.endOfTable(name);
  }

  private describe(name: string, { val }: Attributes): void {
    const paragraph = this.paragraphs.at(-1);
    if (paragraph === undefined) return;
    if (name === 'pStyle') paragraph.style = val;
    if (name === 'outlineLvl') paragraph.outlineLevel = Number(val);
    if (name === 'numPr') paragraph.isListed = true;
    // A run begins; whether it is hidden is said before its text.
    if (name === 'r') paragraph.isHidden = false;
    if (name === 'vanish') paragraph.isHidden = val !== '0' && val !== 'false';
    const piece = PIECES[name];
    // Also the name of a tab stop, which is described before there is any text.
    if (piece !== undefined && (name !== 'tab' || val === undefined)) paragraph.words.push(piece);
  }

  private endParagraph(): void {
    const paragraph = this.paragraphs.pop();
    const text = paragraph?.words.join('').trim();
    if (paragraph === undefined || !text) return;
    const cell = this.tables.at(-1)?.cell;
    if (cell !== undefined) {
      cell.push(text);
      return;
    }
    const level = this.levelOf(paragraph);
    if (level !== undefined) this.writer.heading(level, text.replaceAll('\n', ' '));
    else if (paragraph.isListed) this.listed(text);
    else this.writer.block(text);
  }

  private listed(text: string): void {
    this.writer.newLine();
    this.writer.write(`- ${text}`);
  }

  private endOfTable(name: string): void {
    const table = this.tables.at(-1);
    if (table === undefined) return;
    if (name === 'tc') table.cells.push(table.cell.splice(0).join(' '));
    if (name === 'tr') table.rows.push(table.cells.splice(0));
    if (name === 'tbl') this.endTable(table.rows);
  }

  private endTable(rows: string[][]): void {
    this.tables.pop();
    const outer = this.tables.at(-1);
    if (outer !== undefined) {
      outer.cell.push(...rows.map((row) => row.join(' ')));
      return;
    }
    this.writer.newBlock();
    const table = new RowWriter(this.writer);
    for (const row of rows) table.row(row);
    table.end();
    this.writer.newBlock();
  }
}

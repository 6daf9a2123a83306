import type { HeadingSpan, PageSpan, TimeSpan } from '../../parsed-text.js';
import { tooMuchText } from '../parse-refused.js';
import type { Parsed } from '../parser.js';

/** Puts a text together from pieces and knows where each came to stand. Between two blocks is one empty line, and none at the ends. */
export class TextWriter {
  private readonly parts: string[] = [];
  private readonly headings: HeadingSpan[] = [];
  private readonly pages: PageSpan[] = [];
  private readonly times: TimeSpan[] = [];
  private gap = '';
  length = 0;

  constructor(private readonly limits: { maxTextLength: number }) {}

  write(text: string): void {
    if (text === '') return;
    const piece = this.length === 0 ? text : this.gap + text;
    this.gap = '';
    this.length += piece.length;
    if (this.length > this.limits.maxTextLength) throw tooMuchText(this.limits.maxTextLength);
    this.parts.push(piece);
  }

  /** What is written next begins a line, or after an empty one. The larger gap wins. */
  newLine(): void {
    if (this.gap === '') this.gap = '\n';
  }

  newBlock(): void {
    this.gap = '\n\n';
  }

  line(text: string): void {
    this.newLine();
    this.write(text);
  }

  block(text: string): void {
    this.newBlock();
    this.write(text);
    this.newBlock();
  }

  heading(level: number, title: string): void {
    if (title.trim() === '') return;
    this.newBlock();
    this.headings.push({ level, title: title.trim(), start: this.nextStart() });
    this.write(title.trim());
    this.newBlock();
  }

  page(page: number, fill: () => void): void {
    this.newBlock();
    const start = this.nextStart();
    fill();
    // A page without text is a place, too.
    this.pages.push({ page, start: Math.min(start, this.length), end: this.length });
    this.newBlock();
  }

  time(from: number, to: number, text: string): void {
    this.newLine();
    const start = this.nextStart();
    this.write(text);
    this.times.push({ from, to, start, end: this.length });
  }

  done(metadata: Record<string, string> = {}): Parsed {
    const { headings, pages, times } = this;
    return {
      text: this.parts.join(''),
      ...(pages.length > 0 && { pages }),
      ...(headings.length > 0 && { headings }),
      ...(times.length > 0 && { times }),
      metadata,
    };
  }

  private nextStart(): number {
    return this.length === 0 ? 0 : this.length + this.gap.length;
  }
}

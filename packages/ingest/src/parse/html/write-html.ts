import { Parser as Sax } from 'htmlparser2';
import type { ParseLimits } from '../parse-limits.js';
import { tooDeep } from '../parse-refused.js';
import type { TextWriter } from '../text/text-writer.js';

/** What is no text for people. */
const CODE = new Set(['script', 'style', 'template', 'noscript', 'svg', 'iframe', 'canvas']);
/** What is for using the site, and not what the page says. */
const CONTROLS = new Set(['nav', 'select', 'button', 'dialog', 'datalist']);
/** Beside the matter, where a page says what its matter is. */
const BESIDE = new Set(['header', 'footer', 'aside']);
const MATTER = new Set(['main', 'article']);
const HAS_MATTER = /<(?:main|article)[\s>]/i;

const BLOCKS = new Set(
  'address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form header hr html legend li main nav ol p pre section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
);
/** Lines of a list or table stand close together. */
const LINES = new Set(['li', 'tr', 'dt', 'dd', 'summary', 'legend']);
const GROUPS = new Set(['html', 'body', 'tbody', 'thead', 'tfoot']);
const HEADING = /^h[1-6]$/;
const HIDDEN_STYLE = /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
/** A greedy expression keeps its way back for each character of a run: megabytes of spaces at once can overflow its stack. */
const PIECE = 65_536;

type Attributes = Record<string, string>;

/** Writes the readable text of a page, with its headings, and gives what its head says about it. Scripts never run, and nothing is fetched. */
export function writeHtml(writer: TextWriter, source: string, limits: Pick<ParseLimits, 'maxDepth'>): Record<string, string> {
  const before = writer.length;
  const reader = new HtmlReader(writer, limits, HAS_MATTER.test(source) ? 'matter' : 'page');
  reader.read(source);
  if (writer.length > before) return reader.metadata;
  // A page that hides all it has, or never closes its menu, is read as it is: no text is lost silently.
  new HtmlReader(writer, limits, 'everything').read(source);
  return reader.metadata;
}

class HtmlReader {
  readonly metadata: Record<string, string> = {};
  private depth = 0;
  /** How deep the element is in which everything is left out; 0 outside of one. */
  private leftOutAt = 0;
  private matterDepth = 0;
  private preDepth = 0;
  private titleDepth = 0;
  private line: string[] = [];
  private endsWithSpace = true;

  constructor(
    private readonly writer: TextWriter,
    private readonly limits: Pick<ParseLimits, 'maxDepth'>,
    private readonly part: 'matter' | 'page' | 'everything',
  ) {}

  read(source: string): void {
    const sax = new Sax(
      {
        onopentag: (name, attributes) => this.open(name, attributes),
        ontext: (text) => this.text(text),
        onclosetag: (name) => this.close(name),
      },
      { decodeEntities: true, lowerCaseTags: true },
    );
    sax.end(source);
    this.flush();
  }

  private open(name: string, attributes: Attributes): void {
    if (++this.depth > this.limits.maxDepth) throw tooDeep(this.limits.maxDepth);
    if (this.leftOutAt > 0) return;
    if (this.isLeftOut(name, attributes)) this.leftOutAt = this.depth;
    else this.begin(name, attributes);
  }

  private begin(name: string, attributes: Attributes): void {
    if (MATTER.has(name)) this.matterDepth++;
    if (name === 'title' && this.metadata.title === undefined) this.beginTitle();
    if (name === 'html' && attributes.lang) this.metadata.language = attributes.lang;
    if (name === 'meta') this.meta(attributes);
    if (name === 'br') this.breakLine();
    if (name === 'img' && attributes.alt) this.text(` ${attributes.alt} `);
    if (name === 'td' || name === 'th') this.cell();
    if (BLOCKS.has(name) || HEADING.test(name)) this.breakBlock(name);
    if (name === 'pre') this.preDepth++;
    if (name === 'li') this.push('- ', true);
  }

  private close(name: string): void {
    const isOutermost = this.leftOutAt === this.depth;
    const isRead = this.leftOutAt === 0;
    const isTitle = this.titleDepth === this.depth;
    this.depth--;
    if (isOutermost) this.leftOutAt = 0;
    if (isTitle) this.takeTitle();
    if (!isRead) return;
    if (MATTER.has(name)) this.matterDepth--;
    if (name === 'pre') this.preDepth--;
    if (HEADING.test(name)) this.takeHeading(Number(name[1]));
    else if (BLOCKS.has(name)) this.breakBlock(name);
  }

  private isLeftOut(name: string, attributes: Attributes): boolean {
    if (CODE.has(name) || this.part === 'everything') return CODE.has(name);
    if (CONTROLS.has(name) || attributes.role === 'navigation') return true;
    if (this.part === 'matter' && this.matterDepth === 0 && BESIDE.has(name)) return true;
    return attributes.hidden !== undefined || attributes['aria-hidden'] === 'true' || HIDDEN_STYLE.test(attributes.style ?? '');
  }

  private meta({ name, property, content }: Attributes): void {
    const key = { author: 'author', description: 'description', keywords: 'keywords', date: 'date', 'article:published_time': 'date' }[
      (name ?? property ?? '').toLowerCase()
    ];
    if (key !== undefined && content?.trim()) this.metadata[key] ??= content.trim();
  }

  private text(text: string): void {
    if (this.leftOutAt > 0) return;
    if (this.preDepth > 0) this.push(text, /\s$/.test(text.slice(-1)));
    else for (let at = 0; at < text.length; at += PIECE) this.words(text.slice(at, at + PIECE).replaceAll(/[\t\n\f\r ]+/g, ' '));
  }

  private words(text: string): void {
    const words = this.endsWithSpace && text.startsWith(' ') ? text.slice(1) : text;
    if (words !== '') this.push(words, words.endsWith(' '));
  }

  private push(text: string, endsWithSpace: boolean): void {
    this.line.push(text);
    this.endsWithSpace = endsWithSpace;
  }

  private cell(): void {
    if (this.line.length > 0) this.push('\t', true);
  }

  private breakLine(): void {
    if (this.titleDepth === 0) this.push('\n', true);
  }

  private breakBlock(name: string): void {
    this.flush();
    if (LINES.has(name)) this.writer.newLine();
    else if (!GROUPS.has(name)) this.writer.newBlock();
  }

  private flush(): void {
    const text = this.taken();
    if (text !== '' && text !== '-') this.writer.write(text);
  }

  private takeHeading(level: number): void {
    this.writer.heading(level, this.taken().replaceAll('\n', ' '));
  }

  private beginTitle(): void {
    this.flush();
    this.titleDepth = this.depth;
  }

  private takeTitle(): void {
    this.titleDepth = 0;
    const title = this.taken();
    if (title !== '') this.metadata.title = title;
  }

  private taken(): string {
    const text = this.line.join('');
    this.line = [];
    this.endsWithSpace = true;
    return this.preDepth > 0 ? text.trimEnd().replace(/^\n+/, '') : text.replaceAll(/ +\n/g, '\n').trim();
  }
}

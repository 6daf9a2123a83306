import type { TextItem } from 'pdfjs-dist/types/src/display/api.js';
import { asRefusal } from '../parse-refused.js';
import type { Parser, ParserInput } from '../parser.js';
import type { OpenPdf } from '../pdf/open-pdf.js';
import { TextWriter } from '../text/text-writer.js';

const MAGIC_WITHIN = 1_024;
/** A page number or a stamp on a scan is not its text. */
const SCARCE_TEXT = 30;

/** The text of each page with its number. What was scanned has none until OCR reads it. */
export const pdfParser: Parser = {
  name: 'pdf',
  what: 'a PDF',
  mimeTypes: ['application/pdf'],
  extensions: ['pdf'],
  kind: 'binary',
  recognises: ({ head }) => head.slice(0, MAGIC_WITHIN).includes('%PDF-'),
  async parse(input: ParserInput) {
    const { openPdf } = await import('../pdf/open-pdf.js');
    try {
      return await read(await openPdf(input.bytes, input.limits), input);
    } catch (error) {
      throw asRefusal('a PDF', error);
    }
  },
};

async function read(pdf: OpenPdf, { limits }: ParserInput) {
  const [{ pageText }, { hasImages }, { headingsOf }] = await Promise.all([
    import('../pdf/page-text.js'),
    import('../pdf/has-images.js'),
    import('../pdf/outline.js'),
  ]);
  const writer = new TextWriter(limits);
  const scans: number[] = [];
  for (let number = 1; number <= pdf.document.numPages; number++) {
    const page = await pdf.document.getPage(number);
    const { items } = await page.getTextContent();
    const text = pageText(items.filter((item): item is TextItem => 'str' in item));
    writer.page(number, () => writer.write(text));
    if (text.length < SCARCE_TEXT && (await hasImages(pdf.pdfjs, page))) scans.push(number);
    // Or 1,000 pages are held in memory.
    page.cleanup();
  }
  const parsed = writer.done(await metadataOf(pdf));
  const headings = await headingsOf(pdf.document, parsed.text, parsed.pages ?? []);
  return { ...parsed, ...(headings.length > 0 && { headings }), scans };
}

async function metadataOf({ document, pdfjs }: OpenPdf): Promise<Record<string, string>> {
  const { info } = (await document.getMetadata().catch(() => ({ info: {} }))) as { info: Record<string, unknown> };
  const date = (value: unknown) => (typeof value === 'string' ? pdfjs.PDFDateString.toDateObject(value)?.toISOString() : undefined);
  const named: Record<string, unknown> = {
    title: info.Title,
    author: info.Author,
    subject: info.Subject,
    keywords: info.Keywords,
    creator: info.Creator,
    producer: info.Producer,
    language: info.Language,
    created: date(info.CreationDate),
    modified: date(info.ModDate),
    pages: String(document.numPages),
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].trim() !== ''));
}

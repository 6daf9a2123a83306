import type { Parser, ParserInput } from '../parser.js';
import { TextWriter } from '../text/text-writer.js';

const MAIN = 'word/document.xml';
const STYLES = 'word/styles.xml';
/** What stands beside the text, behind it here. */
const NOTES = ['word/footnotes.xml', 'word/endnotes.xml', 'word/comments.xml'];
const WHAT = 'a Word document (DOCX)';

/** Text, headings, lists, tables, notes and comments. What was deleted or hidden is left out, and so are the lines at the top and bottom of each page. */
export const docxParser: Parser = {
  name: 'docx',
  what: WHAT,
  mimeTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  extensions: ['docx', 'docm', 'dotx'],
  kind: 'binary',
  recognises: ({ entries }) => entries.has(MAIN),
  async parse(input: ParserInput) {
    const [{ OfficeFile }, { ParagraphReader }, { headingStyles }, { readXml }] = await Promise.all([
      import('../office/office-file.js'),
      import('../office/paragraph-reader.js'),
      import('../office/heading-styles.js'),
      import('../xml/read-xml.js'),
    ]);
    const file = await OfficeFile.open(input, WHAT);
    const levels = file.archive.has(STYLES) ? headingStyles(await file.part(STYLES)) : new Map<string, number>();
    const writer = new TextWriter(input.limits);
    for (const part of [MAIN, ...NOTES.filter((name) => file.archive.has(name))]) {
      const reader = new ParagraphReader(writer, ({ style, outlineLevel }) => outlined(outlineLevel) ?? levels.get(style ?? ''));
      readXml(await file.part(part), reader);
    }
    return writer.done(await file.properties());
  },
};

/** Nine is what Word calls body text. */
const outlined = (level: number | undefined): number | undefined => (level !== undefined && level < 9 ? level + 1 : undefined);

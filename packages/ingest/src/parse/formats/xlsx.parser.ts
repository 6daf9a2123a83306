import type { OfficeFile } from '../office/office-file.js';
import type { Parser, ParserInput } from '../parser.js';
import { TextWriter } from '../text/text-writer.js';

const MAIN = 'xl/workbook.xml';
const STRINGS = 'xl/sharedStrings.xml';
const STYLES = 'xl/styles.xml';
const WHAT = 'a workbook (XLSX)';

interface Workbook {
  sheets: { name: string; part: string }[];
  calendar: 1900 | 1904;
}

/** Each sheet under its name, a line for each row; formulas as what they came to, dates as dates. */
export const xlsxParser: Parser = {
  name: 'xlsx',
  what: WHAT,
  mimeTypes: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  extensions: ['xlsx', 'xlsm', 'xltx'],
  kind: 'binary',
  recognises: ({ entries }) => entries.has(MAIN),
  async parse(input: ParserInput) {
    const [{ OfficeFile }, { SheetReader }, { dateFormats }, { readXml }] = await Promise.all([
      import('../office/office-file.js'),
      import('../office/sheet-reader.js'),
      import('../office/cell-formats.js'),
      import('../xml/read-xml.js'),
    ]);
    const file = await OfficeFile.open(input, WHAT);
    const { sheets, calendar } = await workbookOf(file);
    const strings = await sharedStrings(file);
    const dates = file.archive.has(STYLES) ? dateFormats(await file.part(STYLES)) : new Set<number>();
    const writer = new TextWriter(input.limits);
    for (const { name, part } of sheets) {
      writer.heading(1, name);
      const sheet = new SheetReader(writer, { strings, dates, calendar });
      readXml(await file.part(part), sheet);
      sheet.end();
    }
    return writer.done({ ...(await file.properties()), sheets: String(sheets.length) });
  },
};

async function workbookOf(file: OfficeFile): Promise<Workbook> {
  const [{ readXml }, { relationshipsOf, targetOf }] = await Promise.all([import('../xml/read-xml.js'), import('../office/relationships.js')]);
  const targets = await relationshipsOf(file, MAIN);
  const workbook: Workbook = { sheets: [], calendar: 1900 };
  readXml(await file.part(MAIN), {
    open(tag, attributes) {
      if (tag === 'workbookPr' && ['1', 'true'].includes(attributes.date1904 ?? '')) workbook.calendar = 1904;
      const part = tag === 'sheet' ? targetOf(targets, attributes) : undefined;
      if (part?.includes('/worksheets/')) workbook.sheets.push({ name: attributes.name ?? '', part });
    },
  });
  return workbook;
}

/** Texts that cells refer to by number. How they are to be pronounced is left out. */
async function sharedStrings(file: OfficeFile): Promise<string[]> {
  if (!file.archive.has(STRINGS)) return [];
  const { readXml } = await import('../xml/read-xml.js');
  const strings: string[] = [];
  let isText = false;
  let isSpoken = false;
  readXml(await file.part(STRINGS), {
    open(tag) {
      if (tag === 'si') strings.push('');
      if (tag === 'rPh') isSpoken = true;
      isText = tag === 't';
    },
    text(text) {
      if (isText && !isSpoken) strings[strings.length - 1] += text;
    },
    close(tag) {
      if (tag === 'rPh') isSpoken = false;
      isText = false;
    },
  });
  return strings;
}

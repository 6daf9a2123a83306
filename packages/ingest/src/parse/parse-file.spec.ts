import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FILE_FORMATS, type ParsedText, parseFile } from '../../dist/index.js';
import { bookmarkedPdf, cjkPdf } from '../fixtures/files/pdf.js';
import { samples } from '../fixtures/files/samples.js';

jest.setTimeout(120_000);

const under = ({ text, pages = [] }: ParsedText, page: number): string => {
  const span = pages.find((each) => each.page === page);
  return text.slice(span?.start, span?.end);
};
const headings = (parsed: ParsedText) =>
  (parsed.headings ?? []).map(({ level, title, start }) => {
    expect(parsed.text.slice(start).replace(/^#+ /, '').startsWith(title)).toBe(true);
    return `${level} ${title}`;
  });

/** What comes out of each sample, whole. */
const GOLDEN: Record<string, string> = {
  'a.txt': 'The pump in hall seven was switched off.\nIt had become too warm.\n',
  'latin.txt': 'Die Prüfung der Schläuche ist „gründlich“ – für 5 €.',
  'a.md': '# Pumps\n\nSwitched off.\n\n```sh\n# no heading\n```\n\nBearings\n--------\n\n## Grease ##\n',
  'a.rst': '=====\nPumps\n=====\n\n:Author: Ada Lovelace\n:Date: 2024-05-01\n\nBearings\n========\n\nToo warm.\n\nGrease\n------\n',
  'a.py': 'def pump(hall: int) -> str:\n    return f"off in {hall}"\n',
  'a.csv': 'Part: Sensor; Price: 129,90; Place: Hall 7; shelf 2\nPart: Bearing; Price: 84,50',
  'a.tsv': '1\t2\n3\t4',
  'a.json': 'pump.hall: 7\npump.serial: 12345678901234567890\npump.names: X-17\npump.names: X-18\npump.off: true\ntext: café',
  'a.jsonl': 'a: 1\n\na: 2',
  'a.html':
    'Pumps\n\nThe pump in hall seven was\u00a0off.\nSince midnight.\n\nParts\n\n- sensor\n- bearing\n\nPart\tPrice\nSensor\t129.90\n\na\n  b\n\nA drawing',
  'a.pdf': 'The pump in hall seven\nwas switched off.\n\nThe second page: ERR-4711.',
  'a.docx':
    'Pumps\n\nThe pump in hall seven was switched off.\n\nBearings\n\nKept inserted\tbehind a tab\nnext line\n\n- grease\n- oil\n\nPart: Sensor; Price: 129.90\n\nIn a box\n\nA note at the foot.',
  'a.pptx': 'Pumps\n\nHall seven\n\nHall eight\n\nPrices\n\nA sensor costs 129.90.\n\nMention the discount.',
  'a.xlsx': 'Stock\n\nPart: Sensor; Bought on: 2024-05-01; Price: 129.9\nPart: Bearing; Bought on: 2024-05-01 12:00:00\n\nNotes\n\nOnly this.',
  'a.epub': 'First\n\nIt was off.\n\nSecond\n\nIt was on — again.',
  'a.eml':
    'The pump in hall seven\n\nFrom: Jörg <joerg@example.org>\nTo: Ada <ada@example.org>, workshop@example.org\nDate: 2024-05-01T09:30:00.000Z\n\nIt costs 129.90 € “new”.\n\nAttachment: offer.pdf',
  'a.srt': 'The pump is off.\nSince midnight, says the operator.',
  'a.vtt': 'Ada: The pump is off & cold.\nSince midnight.',
  'a.png': '',
  'a.jpg': '',
};

let files: Record<string, Uint8Array>;
const parsed = new Map<string, ParsedText>();
const of = (name: string): ParsedText => parsed.get(name) as ParsedText;

beforeAll(async () => {
  files = await samples();
  for (const [fileName, bytes] of Object.entries(files)) parsed.set(fileName, await parseFile(bytes, { fileName }));
});

describe('the text of a file', () => {
  it.each(Object.keys(GOLDEN))('R1, R3: is what people read in it: %s', (name) => {
    expect(of(name).text).toBe(GOLDEN[name]);
  });

  it('I18: is that of its chunks, where it is said to be chunks', async () => {
    const mimeType = 'application/vnd.cairn.chunks+json';
    const chunks = await parseFile(Buffer.from('["one", {"text": "two"}]'), { fileName: 'a.json', mimeType });
    expect([chunks.text, chunks.mimeType]).toEqual(['one\n\ntwo', mimeType]);
  });

  it('is compared for every format that a name leads to', () => {
    const covered = new Set([...parsed.values()].map(({ mimeType }) => FILE_FORMATS.find(({ mimeTypes }) => mimeTypes.includes(mimeType))?.name));
    const named = FILE_FORMATS.filter(({ extensions }) => extensions.length > 0);
    expect(named.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
    expect(Object.keys(files).filter((name) => GOLDEN[name] === undefined)).toEqual([]);
  });

  it('R2: a hit cites the right page', () => {
    const pdf = of('a.pdf');
    expect(pdf.pages?.map(({ page }) => page)).toEqual([1, 2]);
    expect(under(pdf, 2)).toBe('The second page: ERR-4711.');
    expect(under(of('a.pptx'), 2)).toContain('Mention the discount.');
  });

  it('R2, R8: of a PDF in Chinese or Japanese is there, though the file brings no font', async () => {
    const read = async (collection: string, encoding: string, text: string) => (await parseFile(cjkPdf(collection, encoding, text))).text;
    expect(await read('GB1', 'UniGB-UCS2-H', '七号大厅的水泵')).toBe('七号大厅的水泵');
    expect(await read('Japan1', 'UniJIS-UCS2-H', '第七ホールのポンプ')).toBe('第七ホールのポンプ');
  });

  it('R5: comes with what the file says of itself', () => {
    const facts = { title: 'Pumps & valves', author: 'Ada Lovelace' };
    const dates = { created: expect.stringMatching(/^2024-05-01T09:30:00/), modified: expect.stringMatching(/^2024-06-02T10:00:00/) };
    expect(of('a.pdf').metadata).toMatchObject({ ...facts, ...dates, subject: 'Maintenance', pages: '2' });
    for (const name of ['a.docx', 'a.pptx', 'a.xlsx']) expect(of(name).metadata).toMatchObject({ ...facts, ...dates });
    expect(of('a.html').metadata).toMatchObject({ ...facts, language: 'en' });
    expect(of('a.epub').metadata).toEqual({ title: 'The Pump', author: 'Ada Lovelace, Charles Babbage', language: 'en' });
    expect(of('a.eml').metadata).toMatchObject({ title: 'The pump in hall seven', author: 'Jörg <joerg@example.org>', attachments: 'offer.pdf' });
    expect(of('a.md').metadata).toMatchObject({ title: 'Pumps', version: '1.10', tags: 'hall, seven' });
    expect(of('a.rst').metadata).toMatchObject({ author: 'Ada Lovelace', date: '2024-05-01' });
    expect(of('a.py').metadata).toMatchObject({ language: 'python' });
  });

  it('has headings, and they stand where they are said to', () => {
    expect(headings(of('a.md'))).toEqual(['1 Pumps', '2 Bearings', '2 Grease']);
    expect(headings(of('a.rst'))).toEqual(['1 Pumps', '2 Bearings', '3 Grease']);
    expect(headings(of('a.html'))).toEqual(['1 Pumps', '2 Parts']);
    expect(headings(of('a.docx'))).toEqual(['1 Pumps', '2 Bearings']);
    expect(headings(of('a.pptx'))).toEqual(['1 Pumps', '1 Prices']);
    expect(headings(of('a.xlsx'))).toEqual(['1 Stock', '1 Notes']);
    expect(headings(of('a.epub'))).toEqual(['1 First', '1 Second']);
  });

  it('has the bookmarks of a PDF as headings, where their titles stand', async () => {
    const book = await parseFile(bookmarkedPdf());
    expect(book.text).toBe('Foreword\n\nintro\nPumps\n\nBearings');
    expect(headings(book)).toEqual(['1 Pumps', '2 Bearings']);
    expect(book.headings?.map(({ start, page }) => [start, page])).toEqual([
      [16, 2],
      [23, 3],
    ]);
  });

  it('R6: of a recording cites from when to when it was said', () => {
    for (const name of ['a.srt', 'a.vtt']) {
      const { text, times = [] } = of(name);
      expect(times.map(({ from, to }) => [from, to])).toEqual([
        [1, 3.5],
        [62.25, 64],
      ]);
      expect(text.slice(times[1]?.start, times[1]?.end)).toMatch(/^Since midnight/);
    }
  });

  it('R4: of a picture waits for OCR, and the result says so', () => {
    expect(of('a.png')).toMatchObject({ mimeType: 'image/png', metadata: { width: '60', height: '40', unreadPages: '1' } });
  });
});

describe('a path', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cairn-parse-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read as a file of that name', async () => {
    writeFileSync(join(folder, 'b.py'), 'print(1)\n');
    expect(await parseFile(join(folder, 'b.py'))).toMatchObject({ mimeType: 'text/x-source', text: 'print(1)\n', metadata: { language: 'python' } });
  });

  it('that is a folder or too large is refused before it is read', async () => {
    await expect(parseFile(folder)).rejects.toMatchObject({ code: 'file_unreadable', message: 'This path is not a regular file.' });
    writeFileSync(join(folder, 'large.txt'), 'x'.repeat(2_000));
    await expect(parseFile(join(folder, 'large.txt'), { limits: { maxBytes: 1_000 } })).rejects.toMatchObject({
      code: 'file_too_large',
      message: 'This file is too large: at most 1,000 bytes can be read.',
    });
  });
});

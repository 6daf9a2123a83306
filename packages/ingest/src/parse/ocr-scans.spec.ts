import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import sharp from 'sharp';
import { type ParsedText, parseFile } from '../../dist/index.js';
import { drawPage } from '../fixtures/draw-page.js';
import { pageWith, pdfOf } from '../fixtures/files/pdf.js';
import { bound } from '../fixtures/images.js';

jest.setTimeout(120_000);

const SCANNED = 'Invoice 4711 lists three bearings';
const on = ({ text, pages = [] }: ParsedText, page: number): string =>
  pages.filter((each) => each.page === page).map(({ start, end }) => text.slice(start, end))[0] ?? '';

describe('a scanned page', () => {
  let scan: Buffer;
  beforeAll(async () => {
    scan = await (await drawPage(SCANNED, { dpi: 150 })).jpeg({ quality: 80 }).toBuffer();
  });

  it('R2, R4: of a PDF is found by a word in it, and cites its page', async () => {
    const file = await pdfOf([{ lines: ['The first page has text of its own, and it is long enough.'] }, { scan }, { lines: ['The last page.'] }]);
    const unread = await parseFile(file);
    expect(unread.metadata.unreadPages).toBe('2');
    expect(on(unread, 2)).toBe('');
    const read = await parseFile(file, { ocr: true, languages: ['en'] });
    expect(on(read, 2)).toContain('three bearings');
    expect([on(read, 1), on(read, 3)]).toEqual(['The first page has text of its own, and it is long enough.', 'The last page.']);
    expect(read.metadata.unreadPages).toBeUndefined();
  });

  it('I5: that comes after the time for OCR is over is named', async () => {
    const file = await pdfOf([{ scan }, { lines: ['A page that has text of its own.'] }, { scan }]);
    const read = await parseFile(file, { ocr: true, languages: ['en'], limits: { maxOcrSeconds: 0 } });
    expect(read).toMatchObject({ text: 'A page that has text of its own.', metadata: { unreadPages: '1, 3' } });
    expect((await parseFile(scan, { ocr: true, languages: ['en'], limits: { maxOcrSeconds: 0 } })).metadata.unreadPages).toBe('1');
  });

  it('I5: with too much text is refused as other files are', async () => {
    const refusal = { code: 'file_too_large', message: 'This file holds too much text: at most 10 characters can be read.' };
    await expect(parseFile(scan, { ocr: true, languages: ['en'], limits: { maxTextLength: 10 } })).rejects.toMatchObject(refusal);
  });

  it('R4: of a TIFF is read for each page', async () => {
    const pages = [scan, await (await drawPage('Second page', { dpi: 150 })).png().toBuffer()];
    const { width, height } = await sharp(scan).metadata();
    const sameSize = await Promise.all(pages.map((page) => sharp(page).resize(width, height).greyscale().png().toBuffer()));
    const read = await parseFile(await bound(sameSize).tiff({ compression: 'lzw' }).toBuffer(), { ocr: true, languages: ['en'] });
    expect(read.mimeType).toBe('image/tiff');
    expect([on(read, 1), on(read, 2)]).toEqual([expect.stringContaining('Invoice'), expect.stringContaining('Second')]);
  });

  it('R4: in strips, turned and in one bit for each dot is put together and the right way up', async () => {
    const { data, info } = await sharp(scan).greyscale().threshold(128).raw().toBuffer({ resolveWithObject: true });
    // Through the middle of the letters, which stand from 67 to 76 points below the top.
    const cut = Math.round((info.height * 72) / 842);
    const strip = (from: number, to: number) => stripOf(data, info.width, from, to);
    // The page lies on its side; the pictures in it are turned back by its /Rotate.
    const place = (name: string, bottom: number, height: number) => `q 0 ${595} ${-height} 0 ${842 - bottom} 0 cm /${name} Do Q`;
    const share = (cut / info.height) * 842;
    const content = `${place('A', 842 - share, share)} ${place('B', 0, 842 - share)}`;
    const pdf = pageWith(content, {
      page: '/Rotate 90',
      resources: '/XObject << /A 5 0 R /B 6 0 R >>',
      more: [strip(0, cut), strip(cut, info.height)],
    });
    const wide = Buffer.from(Buffer.from(pdf).toString('latin1').replace('[0 0 595 842]', '[0 0 842 595]'), 'latin1');
    expect((await parseFile(wide, { ocr: true, languages: ['en'] })).text).toContain('three bearings');
  });
});

/** Rows of a page as an image of one bit for each dot, in an object of a PDF. */
function stripOf(grey: Buffer, width: number, from: number, to: number): string {
  const stride = (width + 7) >> 3;
  const bits = Buffer.alloc(stride * (to - from));
  for (let y = from; y < to; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y - from) * stride + (x >> 3);
      if ((grey[y * width + x] as number) > 127) bits[at] = (bits[at] as number) | (0x80 >> (x & 7));
    }
  }
  const hex = bits.toString('hex');
  return `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${to - from} /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /ASCIIHexDecode /Length ${hex.length + 1} >>\nstream\n${hex}>\nendstream`;
}

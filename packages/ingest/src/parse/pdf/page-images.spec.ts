import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { runInChild } from '../../child/run-in-child.js';
import { pageWith } from '../../fixtures/files/pdf.js';
import { PARSE_CHILD_LIMITS, PARSE_LIMITS } from '../parse-limits.js';

const entry = new URL('../../../dist/parse/page-images.process.js', import.meta.url);

/** A grey square with so many pixels on a side, as an object of a PDF. */
const square = (side: number): string => {
  const hex = '80'.repeat(side * side);
  return `<< /Type /XObject /Subtype /Image /Width ${side} /Height ${side} /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /ASCIIHexDecode /Length ${hex.length + 1} >>\nstream\n${hex}>\nendstream`;
};

describe('the pictures on a page', () => {
  it('R4: are the largest, in the order of the page', async () => {
    const sides = [30, 60, 40, 50];
    const content = sides.map((_, at) => `q 50 0 0 50 60 ${700 - at * 100} cm /I${at} Do Q`).join(' ');
    const resources = `/XObject << ${sides.map((_, at) => `/I${at} ${at + 5} 0 R`).join(' ')} >>`;
    const bytes = pageWith(content, { resources, more: sides.map(square) });
    const options = { page: 1, limits: { ...PARSE_LIMITS, maxPictures: 2 } };
    const images = (await runInChild({ entry, options, bytes, limits: PARSE_CHILD_LIMITS })) as string[];
    expect(await Promise.all(images.map(async (image) => (await sharp(Buffer.from(image, 'base64')).metadata()).width))).toEqual([60, 50]);
  });
});

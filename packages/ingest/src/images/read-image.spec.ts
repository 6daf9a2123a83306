import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { CLAIM, flickering } from '../fixtures/boastful.js';
import { blackPng, bound, drawing, type Rgb, speckled } from '../fixtures/images.js';
import { readImage } from './read-image.js';
import { thumbnail } from './thumbnail.js';

const RED: Rgb = [200, 30, 30];
const BLUE: Rgb = [30, 30, 200];
const wide = (colour: Rgb) => drawing([Array(6).fill(colour), Array(6).fill(colour), Array(6).fill(colour)]);

describe('an image', () => {
  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('is told apart by its bytes: %s', async (format) => {
    expect(await readImage(await wide(RED)[format]().toBuffer())).toEqual({ format, width: 6, height: 3, pages: 1 });
  });

  it('may be a single pixel', async () => {
    const file = await drawing([[RED]])
      .png()
      .toBuffer();
    expect(await readImage(file)).toEqual({ format: 'png', width: 1, height: 1, pages: 1 });
    expect((await readImage(await thumbnail(file, 64))).width).toBe(1);
  });

  it('that would unfold to hundreds of megapixels is refused by its header', async () => {
    const flood = blackPng(16_384, 16_384);
    expect(flood.length).toBeLessThan(100_000);
    await expect(readImage(flood)).rejects.toMatchObject({ code: 'image_too_large', message: 'This image has 268 megapixels; at most 40 can be read.' });
    await expect(thumbnail(flood, 64)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('of exactly as many pixels as are allowed is read', async () => {
    const limits = { maxPixels: 1_000_000, maxPages: 1, timeoutSeconds: 30 };
    expect((await readImage(blackPng(1_000, 1_000), limits)).width).toBe(1_000);
    await expect(readImage(blackPng(1_000, 1_001), limits)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it.each([
    ['an SVG with a script', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><rect width="9" height="9"/></svg>'],
    ['a PDF', '%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n'],
    ['a web page', '<!doctype html><title>no picture</title>'],
    ['a BMP', 'BM\x3a\0\0\0\0\0\0\0\x36\0\0\0'],
    ['an empty file', ''],
  ])('is not what %s is', async (_what, text) => {
    const refusal = { code: 'image_format', message: expect.stringContaining('Images may be PNG') };
    await expect(readImage(Buffer.from(text, 'latin1'))).rejects.toMatchObject(refusal);
    await expect(thumbnail(Buffer.from(text, 'latin1'), 64)).rejects.toMatchObject(refusal);
  });

  it.each(['\x89PNG\r\n\x1a\n', 'GIF89a', '\xff\xd8\xff', 'RIFF\0\0\0\0WEBP', 'II*\0'])('is not a drawing behind the first bytes of one: %j', async (mark) => {
    const disguised = Buffer.from(`${mark}<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>`, 'latin1');
    await expect(readImage(disguised)).rejects.toMatchObject({ code: 'image_damaged' });
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('that was cut off is refused when it is decoded: %s', async (format) => {
    const whole = await speckled(300, 200)[format]().toBuffer();
    const half = whole.subarray(0, Math.floor(whole.length * 0.6));
    await expect(thumbnail(half, 250)).rejects.toMatchObject({
      code: 'image_damaged',
      message: 'This image cannot be read: the file is damaged or cut off.',
    });
  });

  it('has the pages of a TIFF, and no page beyond them', async () => {
    const pages = await Promise.all([RED, BLUE].map((colour) => wide(colour).png().toBuffer()));
    const file = await bound(pages).tiff({ compression: 'lzw' }).toBuffer();
    expect(await readImage(file)).toEqual({ format: 'tiff', width: 6, height: 3, pages: 2 });
    expect((await readImage(await thumbnail(file, 4, { page: 1 }))).width).toBe(4);
    await expect(thumbnail(file, 4, { page: 2 })).rejects.toMatchObject({ code: 'image_page', message: 'This image has 2 pages; there is no page 3.' });
    const limits = { maxPixels: 1_000, maxPages: 1, timeoutSeconds: 30 };
    await expect(readImage(file, limits)).rejects.toMatchObject({ message: 'This image has 2 pages; at most 1 can be read.' });
  });

  it.each(['jpeg', 'gif', 'tiff', 'webp'] as const)('that claims to be huge is refused before memory is reserved for it: %s', async (format) => {
    const small = await wide(RED)[format]({ lossless: true, compression: 'lzw' }).toBuffer();
    const claims = CLAIM[format](small, 16_000, 12_000);
    await expect(readImage(claims)).rejects.toMatchObject({ message: 'This image has 192 megapixels; at most 40 can be read.' });
    await expect(thumbnail(claims, 64)).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it('with a page that is huge, behind one that is not, is refused at that page', async () => {
    const pages = await Promise.all([RED, BLUE].map((colour) => wide(colour).png().toBuffer()));
    const file = CLAIM.tiff(await bound(pages).tiff({ compression: 'lzw' }).toBuffer(), 16_000, 12_000, 1);
    expect(await readImage(await thumbnail(file, 6))).toMatchObject({ width: 6, height: 3 });
    await expect(thumbnail(file, 4, { page: 1 })).rejects.toMatchObject({ code: 'image_too_large' });
  });

  it.each(['gif', 'webp'] as const)('that moves is its first frame: %s', async (format) => {
    const frames = await Promise.all([RED, BLUE].map((colour) => wide(colour).png().toBuffer()));
    const file = await bound(frames)[format]().toBuffer();
    expect(await readImage(file)).toEqual({ format, width: 6, height: 3, pages: 1 });
    const [red, , blue] = await sharp(await thumbnail(file, 6))
      .raw()
      .toBuffer();
    expect((red as number) > (blue as number)).toBe(true);
  });

  it('of ten thousand frames is read like one of a single frame', async () => {
    expect(await readImage(flickering(10_000))).toEqual({ format: 'gif', width: 1, height: 1, pages: 1 });
    expect((await readImage(await thumbnail(flickering(10_000), 8))).width).toBe(1);
  });
});

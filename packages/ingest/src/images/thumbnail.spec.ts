import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { drawing, type Rgb, speckled } from '../fixtures/images.js';
import { thumbnail } from './thumbnail.js';

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

const greys = async (file: Uint8Array): Promise<number[]> => [...(await sharp(file).toColourspace('b-w').raw().toBuffer())];
const isDark = (value: number | undefined) => (value as number) < 100;

describe('a thumbnail', () => {
  it.each(['webp', 'jpeg'] as const)('fits into its size and is never larger than the image: %s', async (format) => {
    const file = await speckled(300, 200).png().toBuffer();
    expect(await sharp(await thumbnail(file, 60, { format })).metadata()).toMatchObject({ format, width: 60, height: 40 });
    expect(await sharp(await thumbnail(file, 900, { format })).metadata()).toMatchObject({ width: 300, height: 200 });
  });

  // A dark pixel in the corner that EXIF calls the first: where it must be when the picture is the right way up, for the orientations 1 to 8.
  it.each([
    [1, 'left', 'top', 48],
    [2, 'right', 'top', 48],
    [3, 'right', 'bottom', 48],
    [4, 'left', 'bottom', 48],
    [5, 'left', 'top', 32],
    [6, 'right', 'top', 32],
    [7, 'right', 'bottom', 32],
    [8, 'left', 'bottom', 32],
  ])('is the right way up: EXIF orientation %i', async (orientation, side, end, width) => {
    const rows = Array.from({ length: 32 }, (_, y) => Array.from({ length: 48 }, (_, x) => (x < 16 && y < 16 ? BLACK : WHITE)));
    const file = await drawing(rows).withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer();
    const small = await thumbnail(file, 48);
    expect(await sharp(small).metadata()).toMatchObject({ width, height: 80 - width });
    const pixels = await greys(small);
    const corners = { 'left top': pixels[0], 'right top': pixels[width - 1], 'left bottom': pixels[pixels.length - width], 'right bottom': pixels.at(-1) };
    expect(Object.entries(corners).filter(([, value]) => isDark(value))).toEqual([[`${side} ${end}`, expect.anything()]]);
  });

  it('carries nothing of what the file said about itself', async () => {
    const exif = { IFD0: { Copyright: 'Somebody', Artist: 'Somebody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } };
    const file = await speckled(40, 40).withExif(exif).withIccProfile('p3').jpeg().toBuffer();
    expect((await sharp(file).metadata()).exif).toBeDefined();
    const { exif: kept, icc, xmp } = await sharp(await thumbnail(file, 20)).metadata();
    expect([kept, icc, xmp]).toEqual([undefined, undefined, undefined]);
  });

  it('has the colours of an image for print, of 16 bits, and of grey', async () => {
    const blue: Rgb = [51, 102, 153];
    const flat = drawing(Array.from({ length: 16 }, () => Array(16).fill(blue)));
    const print = await flat.clone().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect((await sharp(print).metadata()).space).toBe('cmyk');
    const deep = await flat.clone().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    for (const file of [print, deep]) {
      const pixel = [
        ...(await sharp(await thumbnail(file, 8))
          .raw()
          .toBuffer()),
      ].slice(0, 3);
      expect(pixel.map((value, at) => Math.abs(value - (blue[at] as number)) < 25)).toEqual([true, true, true]);
    }
    const grey = await flat.clone().toColourspace('grey16').png().toBuffer();
    expect(Math.abs(((await greys(await thumbnail(grey, 8)))[0] as number) - 97)).toBeLessThan(10);
  });

  it('has white where the image is transparent, unless it can be transparent itself', async () => {
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer();
    expect((await greys(await thumbnail(clear, 8, { format: 'jpeg' })))[0]).toBe(255);
    expect((await sharp(await thumbnail(clear, 8)).metadata()).hasAlpha).toBe(true);
  });
});

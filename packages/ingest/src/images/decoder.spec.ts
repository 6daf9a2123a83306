import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { drawing } from '../fixtures/images.js';
import { decoder } from './decoder.js';

describe('the decoder', () => {
  it('draws no SVG, even when nobody has looked at the bytes before', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>');
    await expect(decoder(svg, {}).metadata()).rejects.toThrow('unsupported image format');
  });

  it('works in one thread and keeps nothing', async () => {
    await decoder(
      await drawing([[[1, 2, 3]]])
        .png()
        .toBuffer(),
      {},
    ).toBuffer();
    expect(sharp.concurrency()).toBe(1);
    expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, items: { current: 0, max: 0 } });
  });
});

import type { ModelSight } from '@cairn/common/contracts';
import { describe, expect, it } from '@jest/globals';
import { drawing, type Rgb, speckled } from '../fixtures/images.js';
import { modelPixels } from './model-pixels.js';

const RED: Rgb = [255, 0, 0];
const GREEN: Rgb = [0, 255, 0];
const BLUE: Rgb = [0, 0, 255];
const GREY: Rgb = [51, 51, 51];
/** As the published CLIP sees. */
const CLIP_SIGHT: ModelSight = { size: 224, mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };

describe('what a model sees', () => {
  it('is one plane for each colour, shifted by the mean and divided by the deviation', async () => {
    const file = await drawing([
      [RED, GREEN],
      [BLUE, GREY],
    ])
      .png()
      .toBuffer();
    const sight = { size: 2, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 0.1] } as const;
    const seen = [...(await modelPixels(file, sight))].map((value) => Math.round(value * 1e4) / 1e4);
    // (1 - 0.5) / 0.5 = 1, (0 - 0.5) / 0.5 = -1, (0.2 - 0.5) / 0.5 = -0.6, and so on.
    expect(seen).toEqual([1, -1, -1, -0.6, -1, 3, -1, -0.2, 0, 0, 10, 2]);
  });

  it('is the middle of an image that is wider than high', async () => {
    const file = await drawing([
      [BLUE, RED, GREEN, BLUE],
      [BLUE, GREEN, RED, BLUE],
    ])
      .png()
      .toBuffer();
    const plain = { size: 2, mean: [0, 0, 0], std: [1, 1, 1] } as const;
    expect([...(await modelPixels(file, plain))]).toEqual([1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('has the size and the range of CLIP for any image, a thread of pixels too', async () => {
    const dark = await drawing([[GREY]])
      .png()
      .toBuffer();
    const seen = await modelPixels(dark, CLIP_SIGHT);
    expect(seen.length).toBe(3 * 224 * 224);
    expect(seen[0]).toBeCloseTo((0.2 - 0.48145466) / 0.26862954, 5);
    expect(seen.at(-1)).toBeCloseTo((0.2 - 0.40821073) / 0.27577711, 5);
    expect((await modelPixels(await speckled(1, 20_000).png().toBuffer(), CLIP_SIGHT)).length).toBe(3 * 224 * 224);
  });

  it('has three colours where the file has one, or four', async () => {
    const plain = { size: 1, mean: [0, 0, 0], std: [1, 1, 1] } as const;
    const grey = await drawing([[GREY]])
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const clear = await drawing([[GREY]])
      .ensureAlpha(0)
      .png()
      .toBuffer();
    expect([...(await modelPixels(grey, plain))].map((value) => value.toFixed(2))).toEqual(['0.20', '0.20', '0.20']);
    expect([...(await modelPixels(clear, plain))]).toEqual([1, 1, 1]);
  });
});

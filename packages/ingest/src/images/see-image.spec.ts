import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { seeImage } from '../../dist/see.js';
import { blackPng, drawing, type Rgb, speckled } from '../fixtures/images.js';
import { modelPixels } from './model-pixels.js';

const SIGHT = { size: 16, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] } as const;
const ORANGE: Rgb = [250, 140, 10];

describe('what a model sees, made in a process of its own', () => {
  it('is what it would see here', async () => {
    const file = await speckled(40, 30).jpeg().toBuffer();
    expect(await seeImage(file, SIGHT)).toEqual(await modelPixels(file, SIGHT));
  });

  it('is refused with the same reason as here: what is no image, what is cut off, and what is too large', async () => {
    const whole = await speckled(64, 64).png().toBuffer();
    const cut = whole.subarray(0, whole.length / 2);
    await expect(seeImage(Buffer.from('<svg/>'), SIGHT)).rejects.toMatchObject({ name: 'PermanentJobError', code: 'image_format' });
    await expect(seeImage(cut, SIGHT)).rejects.toMatchObject({ name: 'PermanentJobError', code: 'image_damaged' });
    await expect(seeImage(blackPng(10_000, 10_000), SIGHT)).rejects.toMatchObject({ name: 'PermanentJobError', code: 'image_too_large' });
  });

  it('fits into its limits for the largest images that are read, however they are packed', async () => {
    const largest = { width: 8_000, height: 5_000, channels: 3 as const, background: 'orange' };
    for (const format of ['webp', 'jpeg'] as const) {
      const file = await sharp({ create: largest })[format]({ effort: 0, progressive: true }).toBuffer();
      expect(await seeImage(file, SIGHT)).toHaveLength(3 * 16 * 16);
    }
  }, 120_000);

  it('leaves the process that asks without a decoder', () => {
    const script = `await import(${JSON.stringify(join(import.meta.dirname, '../../dist/see.js'))}); console.log(process.report.getReport().sharedObjects.join())`;
    const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(loaded).toContain('libc');
    expect(loaded).not.toMatch(/vips|sharp/);
  });

  it('ends when the work is called off, and within its limits', async () => {
    const file = await drawing([[ORANGE]])
      .png()
      .toBuffer();
    await expect(seeImage(file, SIGHT, { signal: AbortSignal.abort(new Error('called off')) })).rejects.toThrow('called off');
    const childLimits = { memoryMb: 1_024, cpuSeconds: 60, wallSeconds: 0.01, outputBytes: 1_000_000 };
    await expect(seeImage(file, SIGHT, { childLimits })).rejects.toMatchObject({ name: 'ChildEndedError', reason: 'time' });
  });
});

import type { ModelSight } from '@cairn/common/contracts';
import { decode, openPage, type PageChoice } from './open-page.js';

const COLOURS = 3;

/** The page as a model takes it: shorter side to `size`, the middle cut out, colours shifted and scaled, one plane for each colour (CHW). */
export async function modelPixels(bytes: Uint8Array, sight: ModelSight, choice: PageChoice = {}): Promise<Float32Array> {
  const page = await openPage(bytes, choice);
  const square = page
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    // Bicubic as in PIL. Shrinking while a JPEG is decoded is faster and gives other pixels.
    .resize(sight.size, sight.size, { fit: 'cover', kernel: 'cubic', fastShrinkOnLoad: false });
  const { data } = await decode(square.raw());
  return planesOf(data, sight);
}

function planesOf(pixels: Uint8Array, { mean, std }: ModelSight): Float32Array {
  const area = pixels.length / COLOURS;
  return Float32Array.from({ length: pixels.length }, (_, at) => {
    const colour = Math.floor(at / area);
    const value = pixels[(at % area) * COLOURS + colour] as number;
    return (value / 255 - (mean[colour] as number)) / (std[colour] as number);
  });
}

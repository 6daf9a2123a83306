import type { ModelSight } from '@cairn/common/contracts';
import { ChildEndedError } from '../child/child-ended-error.js';
import type { ChildLimits } from '../child/child-limits.js';
import { runInChild } from '../child/run-in-child.js';
import { IMAGE_LIMITS } from './image-limits.js';
import type { PageChoice } from './open-page.js';
import type { SeeOptions } from './see-image.process.js';

/** A photograph of 12 megapixels takes half a second and 200 MB with Node itself. The output is what a model sees: base64 of a square of floats. */
export const SEEING_LIMITS: ChildLimits = { memoryMb: 1_024, cpuSeconds: 60, wallSeconds: 120, outputBytes: 20_000_000 };

export interface SeeChoice extends PageChoice {
  childLimits?: ChildLimits;
  signal?: AbortSignal;
}

/**
 * What a model sees of an image, like `modelPixels`, made in a process that lives for this image. Rejects with a PermanentJobError that says
 * what is wrong with the image, or with a ChildEndedError.
 */
export async function seeImage(bytes: Uint8Array, sight: ModelSight, choice: SeeChoice = {}): Promise<Float32Array> {
  const { page = 0, limits = IMAGE_LIMITS, childLimits = SEEING_LIMITS, signal } = choice;
  const options: SeeOptions = { sight, page, limits };
  const answer = await runInChild({ entry: new URL('./see-image.process.js', import.meta.url), options, bytes, limits: childLimits, signal });
  const pixels = typeof answer === 'string' ? Buffer.from(answer, 'base64') : Buffer.alloc(0);
  if (pixels.length !== sight.mean.length * sight.size ** 2 * Float32Array.BYTES_PER_ELEMENT) throw new ChildEndedError('crash', childLimits);
  return new Float32Array(new Uint8Array(pixels).buffer);
}

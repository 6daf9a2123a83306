import type { ModelSight } from '@cairn/common/contracts';
import { answerParent } from '../child/answer-parent.js';
import type { ImageLimits } from './image-limits.js';
import { modelPixels } from './model-pixels.js';

export interface SeeOptions {
  sight: ModelSight;
  page: number;
  limits: ImageLimits;
}

void answerParent(async (bytes, { sight, page, limits }: SeeOptions) => {
  const { buffer, byteOffset, byteLength } = await modelPixels(bytes, sight, { page, limits });
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
});

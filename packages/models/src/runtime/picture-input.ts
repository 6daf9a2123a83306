import type { ModelSight } from '@cairn/common/contracts';
import * as ort from 'onnxruntime-node';
import type { PictureRows } from './thread-messages.js';

/** What exporters call the pixels. */
export const PIXELS = 'pixel_values';

/** One plane for each colour of each image. */
export function pictureFeeds({ pixels, count }: PictureRows, { size }: ModelSight): Record<string, ort.Tensor> {
  return { [PIXELS]: new ort.Tensor('float32', pixels, [count, pixels.length / (count * size * size), size, size]) };
}

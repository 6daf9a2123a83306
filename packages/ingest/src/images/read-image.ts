import type { Metadata } from 'sharp';
import { decoder } from './decoder.js';
import { type ImageFormat, imageFormatOf } from './image-format.js';
import { IMAGE_LIMITS, type ImageLimits } from './image-limits.js';
import { tooManyPages, tooManyPixels, undecodable, unknownFormat } from './image-refused.js';

export interface ImageFacts {
  format: ImageFormat;
  /** Of the first page, the right way up. */
  width: number;
  height: number;
  /** Pages of a TIFF. Of an animation only the first frame is ever read. */
  pages: number;
}

/** What the header says, if the image is one that can be read here. Whether the pixels are whole shows when they are decoded. */
export async function readImage(bytes: Uint8Array, limits: ImageLimits = IMAGE_LIMITS): Promise<ImageFacts> {
  const format = imageFormatOf(bytes);
  if (format === undefined) throw unknownFormat();
  const header = await headerOf(bytes, 0, limits);
  const pages = format === 'tiff' ? (header.pages ?? 1) : 1;
  if (pages > limits.maxPages) throw tooManyPages(pages, limits.maxPages);
  return { format, ...header.autoOrient, pages };
}

/** Reads no pixels, so the limit can be told with the size that broke it. */
export async function headerOf(bytes: Uint8Array, page: number, { maxPixels }: ImageLimits): Promise<Metadata> {
  const header = await decoder(bytes, { page, limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw undecodable(error);
    });
  if (header.width * header.height > maxPixels) throw tooManyPixels(header.width * header.height, maxPixels);
  return header;
}

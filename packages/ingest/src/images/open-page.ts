import type { OutputInfo, Sharp } from 'sharp';
import { decoder } from './decoder.js';
import { IMAGE_LIMITS, type ImageLimits } from './image-limits.js';
import { noSuchPage, undecodable } from './image-refused.js';
import { headerOf, readImage } from './read-image.js';

export interface PageChoice {
  /** From 0. */
  page?: number;
  limits?: ImageLimits;
}

/** One page within the limits, the right way up; what is made of it carries no metadata of the file. */
export async function openPage(bytes: Uint8Array, { page = 0, limits = IMAGE_LIMITS }: PageChoice = {}): Promise<Sharp> {
  const { pages } = await readImage(bytes, limits);
  if (page >= pages) throw noSuchPage(page, pages);
  if (page > 0) await headerOf(bytes, page, limits);
  return decoder(bytes, { page, limitInputPixels: limits.maxPixels }).autoOrient().timeout({ seconds: limits.timeoutSeconds });
}

/** Runs what was planned. */
export async function decode(image: Sharp): Promise<{ data: Buffer; info: OutputInfo }> {
  try {
    return await image.toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw undecodable(error);
  }
}

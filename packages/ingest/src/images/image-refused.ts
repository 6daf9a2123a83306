import { PermanentJobError } from '@cairn/common/contracts';

const million = (pixels: number): string => String(Math.max(1, Math.round(pixels / 1_000_000)));

export const unknownFormat = () =>
  new PermanentJobError('image_format', 'This file is not an image that can be read. Images may be PNG, JPEG, WebP, GIF, TIFF or AVIF.');

export const tooManyPixels = (pixels: number, most: number) =>
  new PermanentJobError('image_too_large', `This image has ${million(pixels)} megapixels; at most ${million(most)} can be read.`);

export const tooManyPages = (pages: number, most: number) =>
  new PermanentJobError('image_too_large', `This image has ${pages} pages; at most ${most} can be read.`);

export const noSuchPage = (page: number, pages: number) => new PermanentJobError('image_page', `This image has ${pages} pages; there is no page ${page + 1}.`);

/** What the decoder says is kept as the cause only: it speaks to programmers, and may quote the file. */
export function undecodable(cause: unknown): PermanentJobError {
  if (cause instanceof PermanentJobError) return cause;
  const tookTooLong = cause instanceof Error && cause.message.startsWith('timeout');
  const message = tookTooLong ? 'This image takes too long to read.' : 'This image cannot be read: the file is damaged or cut off.';
  return new PermanentJobError('image_damaged', message, { cause });
}

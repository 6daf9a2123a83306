import { answerParent } from '../child/answer-parent.js';
import type { ParseLimits } from './parse-limits.js';
import { asRefusal } from './parse-refused.js';
import { openPdf } from './pdf/open-pdf.js';
import { pageImages } from './pdf/page-images.js';

export interface PageImagesOptions {
  /** From 1. */
  page: number;
  limits: ParseLimits;
}

void answerParent(async (bytes, { page, limits }: PageImagesOptions) => {
  const images = await openPdf(bytes, limits)
    .then((pdf) => pageImages(pdf, page, limits.maxPictures))
    .catch((error: unknown) => {
      throw asRefusal('a PDF', error);
    });
  return images.map((image) => image.toString('base64'));
});

import { answerParent } from '../child/answer-parent.js';
import type { ImageLimits } from '../images/image-limits.js';
import { greyPage } from './grey-page.js';
import type { OcrLanguage } from './ocr-language.js';
import { Tesseract } from './tesseract.js';

export interface OcrOptions {
  languages: OcrLanguage[];
  page: number;
  limits: ImageLimits;
}

void answerParent(async (bytes, { languages, page, limits }: OcrOptions) => {
  // What is no image is refused before anything is loaded for it.
  const grey = await greyPage(bytes, { page, limits });
  return (await Tesseract.load(languages)).read(grey);
});

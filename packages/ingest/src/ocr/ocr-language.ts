import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';

/** Languages whose letters and words can be recognised, and what Tesseract calls them. To add one, add its data package and a line here. */
export const OCR_LANGUAGES = { de: 'deu', en: 'eng', es: 'spa', fr: 'fra', it: 'ita' } as const;
export type OcrLanguage = keyof typeof OCR_LANGUAGES;

/** What the recogniser has learnt of a language: the small, whole-number form of the best model that there is. */
export function trainedData(language: OcrLanguage): Uint8Array {
  const code = OCR_LANGUAGES[language];
  const file = createRequire(import.meta.url).resolve(`@tesseract.js-data/${code}/4.0.0_best_int/${code}.traineddata.gz`);
  return gunzipSync(readFileSync(file));
}

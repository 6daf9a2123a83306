import { ChildEndedError } from '../child/child-ended-error.js';
import type { ChildLimits } from '../child/child-limits.js';
import { runInChild } from '../child/run-in-child.js';
import { IMAGE_LIMITS } from '../images/image-limits.js';
import type { PageChoice } from '../images/open-page.js';
import type { OcrOptions } from './ocr.process.js';
import type { OcrLanguage } from './ocr-language.js';
import type { RecognisedText, RecognisedWord } from './recognised-word.js';

/** A page of A4 takes 4 to 6 seconds and 300 MB at 300 dpi, 9 seconds and 500 MB at 600 dpi. */
export const OCR_LIMITS: ChildLimits = { memoryMb: 1_024, cpuSeconds: 120, wallSeconds: 600, outputBytes: 16_000_000 };

export interface OcrChoice extends PageChoice {
  /** Those that the page may be in. Each takes its time; a language that is left out costs words with letters of its own. */
  languages: OcrLanguage[];
  childLimits?: ChildLimits;
  signal?: AbortSignal;
}

/** The text of one page of an image, read in a process that lives for this page. Nothing is fetched, and nothing is written to disk. */
export async function recogniseText(bytes: Uint8Array, choice: OcrChoice): Promise<RecognisedText> {
  const { languages, page = 0, limits = IMAGE_LIMITS, childLimits = OCR_LIMITS, signal } = choice;
  const options: OcrOptions = { languages, page, limits };
  const answer = await runInChild({ entry: new URL('./ocr.process.js', import.meta.url), options, bytes, limits: childLimits, signal });
  if (!isRecognisedText(answer)) throw new ChildEndedError('crash', childLimits);
  return answer;
}

function isRecognisedText(answer: unknown): answer is RecognisedText {
  const { text, words } = (answer ?? {}) as Partial<RecognisedText>;
  return typeof text === 'string' && Array.isArray(words) && words.every(isWord);
}

function isWord(word: unknown): word is RecognisedWord {
  const { text, box, confidence } = (word ?? {}) as Partial<RecognisedWord>;
  return typeof text === 'string' && [box?.left, box?.top, box?.width, box?.height, confidence].every(Number.isFinite);
}

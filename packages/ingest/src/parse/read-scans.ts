import { ChildEndedError } from '../child/child-ended-error.js';
import { runInChild } from '../child/run-in-child.js';
import type { OcrLanguage } from '../ocr/ocr-language.js';
import { recogniseText } from '../ocr/recognise-text.js';
import type { ParsedText } from '../parsed-text.js';
import type { PageImagesOptions } from './page-images.process.js';
import type { ParsedFile } from './parse-bytes.js';
import { PARSE_CHILD_LIMITS, type ParseLimits } from './parse-limits.js';
import { tooMuchText } from './parse-refused.js';
import { withPageTexts } from './with-page-texts.js';

export interface ScanChoice {
  languages: OcrLanguage[];
  limits: ParseLimits;
  signal?: AbortSignal | undefined;
}

// A text that is added to a page stands apart from what was before it.
const LONGEST_GAP = 2;

/** The same file with the text that is recognised on its scanned pages, one after another. A page that cannot be read is named, and the others are read. */
export async function readScans(bytes: Uint8Array, { parsed, scans }: ParsedFile, choice: ScanChoice): Promise<ParsedText> {
  const { maxOcrSeconds, maxTextLength } = choice.limits;
  const over = AbortSignal.timeout(maxOcrSeconds * 1_000);
  const limited = { ...choice, signal: AbortSignal.any(choice.signal === undefined ? [over] : [choice.signal, over]) };
  const added = new Map<number, string>();
  const unread: number[] = [];
  let { length } = parsed.text;
  for (const page of scans) {
    try {
      const text = await textOfPage(bytes, page, parsed.mimeType, limited);
      if (text !== '') length += text.length + LONGEST_GAP;
      added.set(page, text);
    } catch (error) {
      choice.signal?.throwIfAborted();
      if (parsed.pages?.length === 1 && !over.aborted) throw error;
      unread.push(page);
    }
    // Here, and not only of the whole: each page may have as much as its process may say.
    if (length > maxTextLength) throw tooMuchText(maxTextLength);
  }
  return withScansNamed({ parsed: withPageTexts(parsed, added), scans: unread });
}

/** Says in the metadata on which pages there may be text that is not in the result. */
export function withScansNamed({ parsed, scans }: ParsedFile): ParsedText {
  return scans.length === 0 ? parsed : { ...parsed, metadata: { ...parsed.metadata, unreadPages: scans.join(', ') } };
}

async function textOfPage(bytes: Uint8Array, page: number, mimeType: string, { languages, limits, signal }: ScanChoice): Promise<string> {
  const wanted = { languages, ...(signal !== undefined && { signal }) };
  if (mimeType.startsWith('image/')) return (await recogniseText(bytes, { ...wanted, page: page - 1 })).text;
  const texts: string[] = [];
  for (const image of await imagesOf(bytes, { page, limits }, signal)) texts.push((await recogniseText(image, wanted)).text);
  return texts.filter((text) => text !== '').join('\n\n');
}

async function imagesOf(bytes: Uint8Array, options: PageImagesOptions, signal: AbortSignal | undefined): Promise<Uint8Array[]> {
  const entry = new URL('./page-images.process.js', import.meta.url);
  const answer = await runInChild({ entry, options, bytes, limits: PARSE_CHILD_LIMITS, signal });
  if (!Array.isArray(answer) || answer.length > options.limits.maxPictures || !answer.every((image) => typeof image === 'string'))
    throw new ChildEndedError('crash', PARSE_CHILD_LIMITS);
  return answer.map((image) => Buffer.from(image, 'base64'));
}

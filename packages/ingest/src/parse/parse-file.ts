import { basename } from 'node:path';
import { ChildEndedError } from '../child/child-ended-error.js';
import type { ChildLimits } from '../child/child-limits.js';
import { runInChild } from '../child/run-in-child.js';
import { OCR_LANGUAGES, type OcrLanguage } from '../ocr/ocr-language.js';
import type { ParsedText } from '../parsed-text.js';
import { isParsedFile } from './is-parsed-file.js';
import type { ParseOptions } from './parse.process.js';
import { PARSE_CHILD_LIMITS, PARSE_LIMITS, type ParseLimits } from './parse-limits.js';
import { tooManyBytes } from './parse-refused.js';
import { readRegularFile } from './read-file.js';
import { readScans, withScansNamed } from './read-scans.js';

export interface ParseChoice {
  /** Its extension helps where the content says nothing. That of the path, if there is one and no other is given. */
  fileName?: string;
  mimeType?: string | undefined;
  limits?: Partial<ParseLimits>;
  /** What the process that parses may use. */
  childLimits?: ChildLimits;
  /** Read images and scanned pages, each in a process of its own: seconds for each page. */
  ocr?: boolean;
  /** Those that scans may be in; all there are unless given. */
  languages?: OcrLanguage[];
  signal?: AbortSignal;
}

/**
 * The text of a file, parsed in a process that lives for it alone. A refusal is a `PermanentJobError`, with a code (`ParseRefusal`) and a message
 * for people; a process that was stopped at a limit or broke down is a `ChildEndedError`, with a reason and a message. Whatever the file is,
 * this process goes on. Nothing is fetched, and no other file is read.
 */
export async function parseFile(file: string | Uint8Array, choice: ParseChoice = {}): Promise<ParsedText> {
  const { ocr = false, languages = Object.keys(OCR_LANGUAGES) as OcrLanguage[], signal } = choice;
  const limits = { ...PARSE_LIMITS, ...choice.limits };
  const bytes = typeof file === 'string' ? await readRegularFile(file, limits.maxBytes) : file;
  // Before it is copied to a child.
  if (bytes.length > limits.maxBytes) throw tooManyBytes(limits.maxBytes);
  const fileName = choice.fileName ?? (typeof file === 'string' ? basename(file) : '');
  const found = await inChild(bytes, { ...choice, fileName }, limits);
  return ocr ? readScans(bytes, found, { languages, limits, signal }) : withScansNamed(found);
}

async function inChild(bytes: Uint8Array, { fileName = '', mimeType, childLimits = PARSE_CHILD_LIMITS, signal }: ParseChoice, limits: ParseLimits) {
  // The list of processes shows the options: of a name that a user gave, only its end.
  const options: ParseOptions = { fileName: `file${fileName.match(/\.[A-Za-z0-9]{1,12}$/)?.[0] ?? ''}`, mimeType, limits };
  const answer = await runInChild({ entry: new URL('./parse.process.js', import.meta.url), options, bytes, limits: childLimits, signal });
  if (!isParsedFile(answer)) throw new ChildEndedError('crash', childLimits);
  return answer;
}

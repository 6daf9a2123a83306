import { basename } from 'node:path';
import { ChildEndedError } from '../child/child-ended-error.js';
import type { ChildLimits } from '../child/child-limits.js';
import { answeredBy } from '../child/read-answer.js';
import { runInChild } from '../child/run-in-child.js';
import type { SharedTask } from '../child/shared-child.js';
import type { SharedChildren } from '../child/shared-children.js';
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
  /** What the process that parses may use; with limits of its own a file shares none. */
  childLimits?: ChildLimits;
  /** Read images and scanned pages, each in a process of its own: seconds for each page. */
  ocr?: boolean;
  /** Those that scans may be in; all there are unless given. */
  languages?: OcrLanguage[];
  /** Where small files of light formats share processes; left out, each has one for itself. */
  shared?: SharedChildren;
  signal?: AbortSignal;
}

const LARGEST_SHARED = 1_000_000;
const HEAD_BYTES = 4_096;

/**
 * The text of a file, parsed in a process that lives for it alone, or with other small texts in one of `shared`. A refusal is a `PermanentJobError`, with a
 * code (`ParseRefusal`) and a message for people; a process that was stopped at a limit or broke down is a `ChildEndedError`, with a reason and a message.
 * Whatever the file is, this process goes on. Nothing is fetched, and no other file is read.
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

async function inChild(bytes: Uint8Array, { fileName = '', mimeType, childLimits, shared, signal }: ParseChoice, limits: ParseLimits) {
  // The list of processes shows the options: of a name that a user gave, only its end.
  const options: ParseOptions = { fileName: `file${fileName.match(/\.[A-Za-z0-9]{1,12}$/)?.[0] ?? ''}`, mimeType, limits };
  const task = { options, bytes, signal };
  const own = { entry: new URL('./parse.process.js', import.meta.url), limits: childLimits ?? PARSE_CHILD_LIMITS };
  const answer = (childLimits === undefined && (await inSharedChild(task, shared))) || (await runInChild({ ...task, ...own }));
  if (!isParsedFile(answer)) throw new ChildEndedError('crash', own.limits);
  return answer;
}

/** Nothing where the file is no small text after all, or the process ended: then a process of its own says what is wrong with it. */
async function inSharedChild(task: SharedTask, shared: SharedChildren | undefined): Promise<unknown> {
  if (shared === undefined || task.bytes.length > LARGEST_SHARED || task.bytes.subarray(0, HEAD_BYTES).includes(0)) return undefined;
  const said = await shared.run(task);
  task.signal?.throwIfAborted();
  return said === undefined ? undefined : answeredBy(said);
}

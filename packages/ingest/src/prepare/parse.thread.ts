import { parentPort } from 'node:worker_threads';
import { leaveOthersTheProcessor, PermanentJobError } from '@cairn/common/contracts';
import { type ChildEnd, ChildEndedError } from '../child/child-ended-error.js';
import { lightChildren } from '../parse/light-children.js';
import { parseFile } from '../parse/parse-file.js';
import { cleanText } from '../parse/text/clean-text.js';
import type { ParsedText } from '../parsed-text.js';
import type { Spans, ThreadFailure } from './chunking-messages.js';
import type { FileText, ParseReply, ParseRequest } from './parse-messages.js';

leaveOthersTheProcessor();
const shared = lightChildren();
const running = new Map<number, AbortController>();

/** What OCR read was not cleaned by a parser. */
function fileTextOf({ text, mimeType, metadata, ...spans }: ParsedText): FileText {
  return { text: cleanText(text), mimeType, spans: JSON.stringify(spans satisfies Spans), pages: spans.pages?.length ?? null, metadata };
}

async function parse({ id, file, choice }: Extract<ParseRequest, { kind: 'parse' }>): Promise<ParseReply> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const bytes = typeof file === 'string' ? Buffer.from(file) : file;
    return { id, kind: 'parsed', text: fileTextOf(await parseFile(bytes, { ...choice, shared, signal: controller.signal })) };
  } catch (error) {
    return { id, ...failureOf(error) };
  } finally {
    running.delete(id);
  }
}

type Failure = ThreadFailure | { kind: 'ended'; reason: ChildEnd };

// These would come again with the same file; a busy machine may have kept a process waiting, and one that broke down may have been ended.
const MAY_PASS: readonly ChildEnd[] = ['time', 'crash'];

function failureOf(error: unknown): Failure {
  if (error instanceof PermanentJobError) return { kind: 'refused', code: error.code, message: error.message };
  if (!(error instanceof ChildEndedError)) return { kind: 'failed', message: (error as Error).message };
  return MAY_PASS.includes(error.reason) ? { kind: 'ended', reason: error.reason } : { kind: 'refused', code: 'file_too_costly', message: error.message };
}

parentPort?.on('message', async (request: ParseRequest) => {
  if (request.kind === 'abort') running.get(request.id)?.abort();
  else parentPort?.postMessage(await parse(request));
});

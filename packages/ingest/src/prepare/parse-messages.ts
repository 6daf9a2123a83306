import type { ChildEnd } from '../child/child-ended-error.js';
import type { ParseChoice } from '../parse/parse-file.js';
import type { ThreadFailure, ThreadText } from './chunking-messages.js';

export type ParseOptions = Omit<ParseChoice, 'signal'>;

export type ParseRequest = { kind: 'parse'; id: number; file: Uint8Array | string; choice: ParseOptions } | { kind: 'abort'; id: number };

/** A text as it came out of a file, without what the event loops of services have no use for. */
export interface FileText extends ThreadText {
  /** How many; null for a format without pages. */
  pages: number | null;
  metadata: Record<string, string>;
}

export type ParseReply = { id: number } & ({ kind: 'parsed'; text: FileText } | ThreadFailure | { kind: 'ended'; reason: ChildEnd });

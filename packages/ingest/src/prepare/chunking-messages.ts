import type { ChunkingPlan } from '../chunk/registry.js';
import type { ChunkPreview } from '../chunk/review/preview.js';
import type { Recommendation } from '../chunk/review/recommend.js';
import type { Extracted } from '../extract/extract.js';
import type { ParsedText } from '../parsed-text.js';
import type { PreparedChunk } from './prepared-chunk.js';
import type { TokenCounterSource } from './token-counter.js';

/** A text as threads are given it: what lies in it is said as JSON, which the event loops of services neither write nor read. */
export interface ThreadText extends Pick<ParsedText, 'text' | 'mimeType'> {
  /** `Spans` as JSON. */
  spans: string;
}

export type Spans = Pick<ParsedText, 'pages' | 'headings' | 'times' | 'chunks'>;

export interface ChunkWork {
  parsed: ThreadText;
  plan: ChunkingPlan;
  counter: TokenCounterSource;
  /** What stands in front of each window; nothing where it is undefined. */
  context: { title?: string | undefined } | undefined;
  /** So many chunks were given out before the thread that gave them ended. */
  skip: number;
}

export interface PreviewWork {
  parsed: ThreadText;
  plans: readonly ChunkingPlan[];
  counter: TokenCounterSource;
  /** How many chunks of each plan are shown. */
  limit: number;
}

export interface ExtractWork {
  text: string;
  /** The address of a module that is a `KeywordCounters`. */
  keywords: string;
}

/** What previews say of a text: what fits it, and what each plan makes of it. */
export interface TextPreview {
  recommendation: Recommendation;
  previews: ChunkPreview[];
}

/** Asked of a chunking thread; `id` is that of a text. */
export type ChunkingRequest =
  | { kind: 'begin'; id: number; work: ChunkWork }
  | { kind: 'next'; id: number }
  | { kind: 'preview'; id: number; work: PreviewWork }
  | { kind: 'extract'; id: number; work: ExtractWork }
  | { kind: 'close'; id: number }
  | { kind: 'vectors'; id: number; vectors: Float32Array[] }
  | { kind: 'no-vectors'; id: number };

export interface Slice {
  kind: 'slice';
  chunks: PreparedChunk[];
  isLast: boolean;
}

export type ChunkingAnswer = Slice | { kind: 'preview'; preview: TextPreview } | { kind: 'extracted'; extracted: Extracted };

/** `refused` is what people are told; all else is a mistake of ours. */
export type ThreadFailure = { kind: 'refused'; code: string; message: string } | { kind: 'failed'; message: string };

/** What a chunking thread says. It may ask for vectors before it answers. */
export type ChunkingReply = { id: number } & (ChunkingAnswer | ThreadFailure | { kind: 'embed'; texts: string[] });

/** The places of the numbers that a thread shares with who started it: the text that it works on (0: none), and how many pieces of work it has begun. */
export const IN_HAND = 0;
export const BEGUN = 1;

export interface ChunkingThreadData {
  state: Int32Array;
}

import type { LaneRequest } from './embed-texts.js';

/** Asks what plans make of a text, or of the text of a file. */
export interface CutTextRequest extends LaneRequest {
  model: string;
  content: { text: string } | { bytes: string; fileName: string };
  mimeType?: string | undefined;
  plans: readonly { strategy: string; options?: unknown }[];
  /** How many chunks of each plan are shown; fewer where they would not fit into an answer. */
  limit: number;
}

/** `preview` is what the chunking library says of the text. */
export interface CutText {
  characters: number;
  preview: object;
}

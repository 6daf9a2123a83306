/** A page of a document, in the text that was read from it. */
export interface PageSpan {
  /** As people count: the first page is 1. */
  page: number;
  start: number;
  end: number;
}

/** A heading, and where it begins in the text. */
export interface HeadingSpan {
  /** 1 is the highest. */
  level: number;
  title: string;
  start: number;
  /** The page that it is on, where the file says so: pages without text share a place. */
  page?: number;
}

/** What was said from one time to another, in seconds, and where it stands in the text. */
export interface TimeSpan {
  from: number;
  to: number;
  start: number;
  end: number;
}

/** A part of a text that came as a chunk already. */
export interface GivenChunk {
  start: number;
  end: number;
  page?: number;
  headingPath?: string[];
  /** What else was said of it. */
  metadata?: Record<string, unknown>;
}

/** What a parser makes of a file and a chunker cuts. All offsets are UTF-16 code units of `text`; the spans of each list ascend by `start`. */
export interface ParsedText {
  text: string;
  mimeType: string;
  pages?: PageSpan[];
  headings?: HeadingSpan[];
  times?: TimeSpan[];
  /** The text is not cut where it has them, not even where there are none. */
  chunks?: GivenChunk[];
  metadata: Record<string, string>;
}

import type { ChildLimits } from '../child/child-limits.js';

/** What a file may ask of us before it is refused. */
export interface ParseLimits {
  maxBytes: number;
  /** Of a PDF or TIFF, and slides of a presentation. */
  maxPages: number;
  /** Of the text that comes out, in UTF-16 code units. */
  maxTextLength: number;
  /** Headings beyond it are left out, as they are none; a recording with more cues is refused. */
  maxSpans: number;
  /** Of a ZIP (DOCX, PPTX, XLSX, EPUB): its list of contents. */
  maxEntries: number;
  /** What may be unpacked of one file altogether. */
  maxUnpackedBytes: number;
  /** How many times larger a packed entry may become. Office files reach 50; DEFLATE ends at 1,032. */
  maxRatio: number;
  /** How deeply JSON, XML and HTML may be nested. */
  maxDepth: number;
  /** Of one scanned page: the largest are read by OCR. */
  maxPictures: number;
  /** All that OCR may take for one file. Pages that are left are named as those that cannot be read. */
  maxOcrSeconds: number;
}

export const PARSE_LIMITS: ParseLimits = {
  maxBytes: 100_000_000,
  maxPages: 1_000,
  maxTextLength: 20_000_000,
  maxSpans: 50_000,
  maxEntries: 10_000,
  maxUnpackedBytes: 200_000_000,
  maxRatio: 200,
  maxDepth: 5_000,
  maxPictures: 8,
  maxOcrSeconds: 7_200,
};

/** What the process that parses may use. `--data` counts Node itself (100 MB); a PDF of 1,000 pages takes 300 MB. */
export const PARSE_CHILD_LIMITS: ChildLimits = { memoryMb: 1_024, cpuSeconds: 60, wallSeconds: 180, outputBytes: 100_000_000 };

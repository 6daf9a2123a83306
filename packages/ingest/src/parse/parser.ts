import type { ParsedText } from '../parsed-text.js';
import type { ParseLimits } from './parse-limits.js';

export interface ParserInput {
  bytes: Uint8Array;
  /** Of the name, in lower case, without the dot; empty where there is none. */
  extension: string;
  /** The encoding of a text, as the sender names it; believed only where the bytes do not say otherwise. */
  charset?: string | undefined;
  limits: ParseLimits;
}

/** What a parser makes of a file. Its MIME type is that of the parser unless it knows better. */
export type Parsed = Omit<ParsedText, 'mimeType'> & {
  mimeType?: string;
  /** Pages, from 1, that have a picture and no text: what OCR might read. */
  scans?: number[];
};

/** One format. A parser runs in a child process; it imports heavy libraries when it is called, so that the others do not pay for them. */
export interface Parser {
  name: string;
  /** As in "This is not ...": `a PDF`. */
  what: string;
  /** The first is what a result says. */
  mimeTypes: readonly [string, ...string[]];
  extensions: readonly string[];
  /** `binary` files are known by their content alone. Any text is a valid `text` file: there the name decides, unless the content is unmistakable. */
  kind: 'text' | 'binary';
  /** It goes through a text from front to end, in little time and memory: many files may share a process. */
  isLight?: true;
  /** True if the content can be nothing else, whatever the name says. */
  recognises?(content: Content): boolean;
  /** True if the content looks like it. Asked for texts whose name says nothing. */
  resembles?(content: Content): boolean;
  parse(input: ParserInput): Parsed | Promise<Parsed>;
}

/** What detection may look at. */
export interface Content {
  bytes: Uint8Array;
  /** The first bytes, a character each. */
  head: string;
  /** The beginning as text, without white space before it; empty if it is none. */
  start: string;
  /** Names in the list of contents of a ZIP; empty if it is none. */
  entries: ReadonlySet<string>;
}

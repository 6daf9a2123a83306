import { chunksParser } from './formats/chunks.parser.js';
import { codeParser } from './formats/code.parser.js';
import { docxParser } from './formats/docx.parser.js';
import { emlParser } from './formats/eml.parser.js';
import { epubParser } from './formats/epub.parser.js';
import { htmlParser } from './formats/html.parser.js';
import { imageParser } from './formats/image.parser.js';
import { jsonParser } from './formats/json.parser.js';
import { markdownParser } from './formats/markdown.parser.js';
import { pdfParser } from './formats/pdf.parser.js';
import { pptxParser } from './formats/pptx.parser.js';
import { rstParser } from './formats/rst.parser.js';
import { srtParser, vttParser } from './formats/subtitles.parser.js';
import { tableParser } from './formats/table.parser.js';
import { textParser } from './formats/text.parser.js';
import { xlsxParser } from './formats/xlsx.parser.js';
import type { Parser } from './parser.js';

/** Every format that is read. To add one, write its parser and a sample, and add it here. */
export const PARSERS: readonly Parser[] = [
  pdfParser,
  docxParser,
  pptxParser,
  xlsxParser,
  epubParser,
  imageParser,
  htmlParser,
  vttParser,
  srtParser,
  emlParser,
  chunksParser,
  jsonParser,
  markdownParser,
  rstParser,
  tableParser,
  codeParser,
  textParser,
];

/** A format as people and other services are told of it. */
export interface FileFormat {
  name: string;
  mimeTypes: readonly string[];
  extensions: readonly string[];
}

export const FILE_FORMATS: readonly FileFormat[] = PARSERS.map(({ name, mimeTypes, extensions }) => ({ name, mimeTypes, extensions }));

import type { ParsedText } from '../../parsed-text.js';
import { isSpace } from '../characters.js';
import { definitionCuts } from '../cuts/code-cuts.js';
import type { Cuts } from '../cuts/cuts.js';
import { lineCuts, paragraphCuts } from '../cuts/line-cuts.js';
import { sentenceCuts } from '../cuts/sentence-cuts.js';
import { markdownHeadings } from '../headings/markdown-headings.js';

// Enough to know what a text is; looking at all of it would take as long as cutting it.
const SAMPLE = 100_000;
const CODE_LINE = /[{};]\s*$|^\s*[)\]}]|^\s*(?:import|return|if|for|while|else|def|let|const|var|func|fn|#include|@)\b|\w\(.*\)\s*[{:;]?\s*$|=>|::|:=|[!=]==?/;
const LONGEST_CODE_LINE = 300;

/** What can be seen of a text by its first 100,000 characters. */
export interface TextTraits {
  /** Of the whole text. */
  characters: number;
  mimeType: string;
  /** Those that the parser found, or of Markdown in the sample. */
  headings: number;
  paragraphs: number;
  lines: number;
  sentences: number;
  definitions: number;
  /** The share of lines that look like code. */
  codeShare: number;
  /** The share of characters that are white space. */
  spaceShare: number;
}

function countOf(cuts: Cuts, text: string): number {
  const places = cuts(text, { start: 0, end: text.length });
  let count = text === '' ? 0 : 1;
  while (!places.next().done) count++;
  return count;
}

function codeShareOf(text: string): number {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const code = lines.filter((line) => line.length <= LONGEST_CODE_LINE && CODE_LINE.test(line));
  return lines.length === 0 ? 0 : code.length / lines.length;
}

function spaceShareOf(text: string): number {
  let spaces = 0;
  for (let at = 0; at < text.length; at++) if (isSpace(text.charCodeAt(at))) spaces++;
  return text === '' ? 0 : spaces / text.length;
}

export function traitsOf({ text, mimeType, headings }: ParsedText): TextTraits {
  const sample = text.slice(0, SAMPLE);
  return {
    characters: text.length,
    mimeType,
    headings: headings?.length ?? markdownHeadings(sample).length,
    paragraphs: countOf(paragraphCuts, sample),
    lines: countOf(lineCuts, sample),
    sentences: countOf(sentenceCuts(), sample),
    definitions: countOf(definitionCuts, sample) - (sample === '' ? 0 : 1),
    codeShare: codeShareOf(sample),
    spaceShare: spaceShareOf(sample),
  };
}

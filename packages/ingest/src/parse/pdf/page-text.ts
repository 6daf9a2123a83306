import type { TextItem } from 'pdfjs-dist/types/src/display/api.js';

/** Lines further apart than this many times their height are paragraphs. */
const PARAGRAPH_GAP = 1.8;

/** The text of a page as lines in the order of the file, an empty one where there is a gap on the page. */
export function pageText(items: TextItem[]): string {
  const parts: string[] = [];
  let lastY: number | undefined;
  for (const { str, transform, height, hasEOL } of items) {
    if (str.trim() !== '') {
      const y = Number(transform[5]);
      const isApart = lastY !== undefined && parts.at(-1) === '\n' && lastY - y > PARAGRAPH_GAP * Math.max(height, 1);
      if (isApart) parts.push('\n');
      lastY = y;
    }
    parts.push(str);
    if (hasEOL) parts.push('\n');
  }
  return parts
    .join('')
    .replaceAll(/[ \t]+\n/g, '\n')
    .trim();
}

import type { ParsedText } from '../parsed-text.js';

const BETWEEN_PAGES = '\n\n';

/** The same file with these texts added to pages of it, by their number. What stood somewhere is still found where its heading says: a heading moves with its page. */
export function withPageTexts(parsed: ParsedText, added: ReadonlyMap<number, string>): ParsedText {
  const { pages = [], headings } = parsed;
  let text = '';
  const moved = pages.map(({ page, start, end }) => {
    const words = [parsed.text.slice(start, end), added.get(page) ?? ''].filter((part) => part !== '').join('\n');
    if (text !== '' && words !== '') text += BETWEEN_PAGES;
    const from = text.length;
    text += words;
    return { page, start: from, end: text.length, by: from - start, was: { start, end } };
  });
  const byNumber = new Map(moved.map((page) => [page.page, page]));
  const shifted = headings?.map((heading) => {
    const { by } = byNumber.get(heading.page ?? 0) ?? moved.findLast(({ was }) => was.start <= heading.start) ?? { by: 0 };
    return { ...heading, start: Math.max(0, Math.min(heading.start + by, text.length)) };
  });
  // Those of pages that shared a place had the order of the bookmarks.
  shifted?.sort((a, b) => a.start - b.start);
  return { ...parsed, text, pages: moved.map(({ page, start, end }) => ({ page, start, end })), ...(shifted !== undefined && { headings: shifted }) };
}

import type { PageSpan, ParsedText } from '../parsed-text.js';
import type { ParsedFile } from './parse-bytes.js';

/** What a child said may have been made up by what it was reading: every place must lie in the text, every value be a string, no page be there twice or left out. */
export function isParsedFile(answer: unknown): answer is ParsedFile {
  const { parsed, scans } = (answer ?? {}) as Partial<ParsedFile>;
  if (!isParsedText(parsed) || !isList(scans, Number.isInteger)) return false;
  const numbers = new Set(parsed.pages?.map(({ page }) => page));
  return new Set(scans).size === scans?.length && scans.every((page) => numbers.has(page));
}

function isParsedText(parsed: unknown): parsed is ParsedText {
  const { text, mimeType, pages = [], headings = [], times = [], chunks = [], metadata } = (parsed ?? {}) as Partial<ParsedText>;
  if (typeof text !== 'string' || typeof mimeType !== 'string' || typeof metadata !== 'object' || metadata === null) return false;
  const isPlace = (start: unknown, end: unknown) =>
    Number.isInteger(start) && Number.isInteger(end) && 0 <= Number(start) && Number(start) <= Number(end) && Number(end) <= text.length;
  return (
    isList(pages, ({ page, start, end }) => Number.isInteger(page) && isPlace(start, end)) &&
    pages.every(({ page, start }, at) => at === 0 || isBehind(pages[at - 1] as PageSpan, page, start)) &&
    isList(
      headings,
      ({ level, title, start, page = 0 }) => Number.isInteger(level) && typeof title === 'string' && isPlace(start, start) && Number.isInteger(page),
    ) &&
    isList(times, ({ from, to, start, end }) => Number.isFinite(from) && Number.isFinite(to) && isPlace(start, end)) &&
    isList(chunks, ({ start, end, metadata: more = {} }) => isPlace(start, end) && typeof more === 'object') &&
    Object.values(metadata).every((value) => typeof value === 'string')
  );
}

/** Or what is put together from pages would be longer than the text is. */
function isBehind(before: PageSpan, page: number, start: number): boolean {
  return before.page + 1 === page && before.end <= start;
}

function isList<Item>(list: readonly Item[] | undefined, isItem: (item: Item) => boolean): boolean {
  return Array.isArray(list) && list.every((item) => item !== null && item !== undefined && isItem(item));
}

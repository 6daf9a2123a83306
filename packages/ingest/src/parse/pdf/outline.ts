import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { HeadingSpan, PageSpan } from '../../parsed-text.js';

interface Bookmark {
  title: string;
  dest: string | unknown[] | null;
  items: Bookmark[];
}

const MOST_BOOKMARKS = 2_000;
const DEEPEST = 6;

/** The bookmarks of a PDF as headings: where their title stands on the page that they lead to, or at its top. */
export async function headingsOf(document: PDFDocumentProxy, text: string, pages: PageSpan[]): Promise<HeadingSpan[]> {
  const headings: HeadingSpan[] = [];
  const visit = async (bookmarks: Bookmark[], level: number): Promise<void> => {
    for (const { title, dest, items } of bookmarks) {
      if (headings.length >= MOST_BOOKMARKS) return;
      const page = pages[await pageIndexOf(document, dest)];
      if (page !== undefined && title.trim() !== '') {
        headings.push({ level, title: title.trim(), start: startOf(title.trim(), text, page), page: page.page });
      }
      if (level < DEEPEST) await visit(items, level + 1);
    }
  };
  // A broken table of contents is no reason to refuse the pages.
  await visit(((await document.getOutline().catch(() => null)) ?? []) as Bookmark[], 1);
  return headings.sort((a, b) => a.start - b.start);
}

async function pageIndexOf(document: PDFDocumentProxy, dest: Bookmark['dest']): Promise<number> {
  try {
    const explicit = typeof dest === 'string' ? await document.getDestination(dest) : dest;
    const reference = explicit?.[0] as Parameters<PDFDocumentProxy['getPageIndex']>[0];
    return typeof reference === 'number' ? reference : await document.getPageIndex(reference);
  } catch {
    return -1;
  }
}

function startOf(title: string, text: string, { start, end }: PageSpan): number {
  const at = text.slice(start, end).indexOf(title);
  return at === -1 ? start : start + at;
}

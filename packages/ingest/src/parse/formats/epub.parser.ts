import { posix } from 'node:path';
import { damaged, encrypted } from '../parse-refused.js';
import type { Parser, ParserInput } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { TextWriter } from '../text/text-writer.js';
import type { XmlSource } from '../xml/read-xml.js';
import type { Archive } from '../zip/archive.js';
import { claimedCharset } from './html.parser.js';

const CONTAINER = 'META-INF/container.xml';
const ENCRYPTION = 'META-INF/encryption.xml';
const WHAT = 'a book (EPUB)';
const METADATA = {
  title: 'title',
  creator: 'author',
  publisher: 'publisher',
  date: 'date',
  language: 'language',
  subject: 'subject',
  description: 'description',
  identifier: 'identifier',
};

interface Book {
  archive: Archive;
  part(name: string): Promise<XmlSource>;
}

/** The chapters in the order in which they are read, with their headings. */
export const epubParser: Parser = {
  name: 'epub',
  what: WHAT,
  mimeTypes: ['application/epub+zip'],
  extensions: ['epub'],
  kind: 'binary',
  recognises: ({ entries }) => entries.has(CONTAINER),
  async parse({ bytes, limits }: ParserInput) {
    const [{ Archive }, { writeHtml }, { textsOf }] = await Promise.all([
      import('../zip/archive.js'),
      import('../html/write-html.js'),
      import('../xml/texts-of.js'),
    ]);
    const archive = await Archive.open(bytes, limits, WHAT);
    const book: Book = { archive, part: async (name) => ({ bytes: await archive.bytes(name), what: WHAT, limits }) };
    const opf = await packageOf(book);
    const chapters = await chaptersOf(book, opf);
    await refuseEncrypted(book, chapters);
    const writer = new TextWriter(limits);
    for (const chapter of chapters) {
      const source = await archive.bytes(chapter);
      writer.newBlock();
      writeHtml(writer, decodeText(source, claimedCharset(source)).text, limits);
    }
    return writer.done(textsOf(await book.part(opf), METADATA));
  },
};

async function packageOf(book: Book): Promise<string> {
  const { readXml } = await import('../xml/read-xml.js');
  let path: string | undefined;
  readXml(await book.part(CONTAINER), {
    open(tag, attributes) {
      if (tag === 'rootfile') path ??= attributes['full-path'];
    },
  });
  if (path === undefined) throw damaged(WHAT);
  return path;
}

async function chaptersOf(book: Book, opf: string): Promise<string[]> {
  const { readXml } = await import('../xml/read-xml.js');
  const items = new Map<string, string>();
  const spine: string[] = [];
  readXml(await book.part(opf), {
    open(tag, attributes) {
      const { id, href, idref } = attributes;
      if (tag === 'item' && id !== undefined && href !== undefined && /x?html/.test(attributes['media-type'] ?? '')) items.set(id, href);
      if (tag === 'itemref' && idref !== undefined) spine.push(idref);
    },
  });
  const chapters = spine.flatMap((id) => items.get(id) ?? []).map((href) => posix.join(posix.dirname(opf), unescaped(href)));
  const found = chapters.filter((chapter) => book.archive.has(chapter));
  if (found.length === 0) throw damaged(WHAT);
  return found;
}

function unescaped(href: string): string {
  const [path = ''] = href.split('#');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Fonts are often scrambled; only a chapter matters. */
async function refuseEncrypted(book: Book, chapters: string[]): Promise<void> {
  if (!book.archive.has(ENCRYPTION)) return;
  const { readXml } = await import('../xml/read-xml.js');
  readXml(await book.part(ENCRYPTION), {
    open(tag, { URI }) {
      if (tag === 'CipherReference' && URI !== undefined && chapters.includes(unescaped(URI))) throw encrypted('book');
    },
  });
}

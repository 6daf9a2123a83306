import type { OfficeFile } from '../office/office-file.js';
import { tooManyPages } from '../parse-refused.js';
import type { Parser, ParserInput } from '../parser.js';
import { TextWriter } from '../text/text-writer.js';
import type { XmlHandler } from '../xml/read-xml.js';

const MAIN = 'ppt/presentation.xml';
const WHAT = 'a presentation (PPTX)';
const TITLES = new Set(['title', 'ctrTitle']);
/** Numbers, dates and lines at the bottom are on every slide. */
const REPEATED = new Set(['sldNum', 'dt', 'ftr', 'hdr']);

/** Each slide is a page, its title a heading; what the speaker notes comes after it. */
export const pptxParser: Parser = {
  name: 'pptx',
  what: WHAT,
  mimeTypes: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  extensions: ['pptx', 'pptm', 'ppsx', 'potx'],
  kind: 'binary',
  recognises: ({ entries }) => entries.has(MAIN),
  async parse(input: ParserInput) {
    const { OfficeFile } = await import('../office/office-file.js');
    const file = await OfficeFile.open(input, WHAT);
    const slides = await slidesOf(file);
    if (slides.length > input.limits.maxPages) throw tooManyPages(slides.length, input.limits.maxPages);
    const writer = new TextWriter(input.limits);
    for (const [at, slide] of slides.entries()) {
      const parts = [slide, ...(await notesOf(file, slide))];
      const read = await Promise.all(parts.map((part) => reading(file, part)));
      writer.page(at + 1, () => {
        for (const writeInto of read) writeInto(writer);
      });
    }
    return writer.done({ ...(await file.properties()), pages: String(slides.length) });
  },
};

/** In the order in which they are shown. */
async function slidesOf(file: OfficeFile): Promise<string[]> {
  const [{ readXml }, { relationshipsOf, targetOf }] = await Promise.all([import('../xml/read-xml.js'), import('../office/relationships.js')]);
  const targets = await relationshipsOf(file, MAIN);
  const slides: string[] = [];
  readXml(await file.part(MAIN), {
    open(tag, attributes) {
      const slide = tag === 'sldId' ? targetOf(targets, attributes) : undefined;
      if (slide !== undefined) slides.push(slide);
    },
  });
  return slides;
}

async function notesOf(file: OfficeFile, slide: string): Promise<string[]> {
  const { relationshipsOf } = await import('../office/relationships.js');
  const targets = [...(await relationshipsOf(file, slide)).values()];
  return targets.filter((target) => target.includes('/notesSlides/') && file.archive.has(target));
}

async function reading(file: OfficeFile, part: string): Promise<(writer: TextWriter) => void> {
  const [{ readXml }, { ParagraphReader }] = await Promise.all([import('../xml/read-xml.js'), import('../office/paragraph-reader.js')]);
  const source = await file.part(part);
  return (writer) => {
    let placeholder: string | undefined;
    const paragraphs = new ParagraphReader(writer, () => (placeholder !== undefined && TITLES.has(placeholder) ? 1 : undefined));
    const isShown = () => placeholder === undefined || !REPEATED.has(placeholder);
    const slide: XmlHandler = {
      open(tag, attributes) {
        if (tag === 'sp') placeholder = undefined;
        if (tag === 'ph') placeholder = attributes.type ?? 'body';
        if (isShown()) paragraphs.open(tag, attributes);
      },
      text: (text) => paragraphs.text(text),
      close(tag) {
        if (isShown()) paragraphs.close(tag);
        if (tag === 'sp') placeholder = undefined;
      },
    };
    readXml(source, slide);
  };
}

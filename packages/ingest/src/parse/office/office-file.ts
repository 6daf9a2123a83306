import type { ParserInput } from '../parser.js';
import type { XmlSource } from '../xml/read-xml.js';
import { textsOf } from '../xml/texts-of.js';
import { Archive } from '../zip/archive.js';

const PROPERTIES: Record<string, string> = {
  title: 'title',
  creator: 'author',
  subject: 'subject',
  description: 'description',
  keywords: 'keywords',
  category: 'category',
  language: 'language',
  lastModifiedBy: 'modifiedBy',
  created: 'created',
  modified: 'modified',
};

/** A DOCX, PPTX or XLSX: XML documents ("parts") in a ZIP. */
export class OfficeFile {
  private constructor(
    readonly archive: Archive,
    private readonly input: ParserInput,
    private readonly what: string,
  ) {}

  static async open(input: ParserInput, what: string): Promise<OfficeFile> {
    return new OfficeFile(await Archive.open(input.bytes, input.limits, what), input, what);
  }

  async part(name: string): Promise<XmlSource> {
    return { bytes: await this.archive.bytes(name), what: this.what, limits: this.input.limits };
  }

  /** What the file says of itself: title, author, dates. */
  async properties(): Promise<Record<string, string>> {
    const name = 'docProps/core.xml';
    return this.archive.has(name) ? textsOf(await this.part(name), PROPERTIES) : {};
  }
}

import { Readable } from 'node:stream';
import { CairnError, type DtoClass, type StoredBlob, validatorOf } from '@cairn/common';
import { ArchivedDocumentDto, ArchiveEndDto, ArchiveHeadDto } from './archive.dto.js';
import { ArchiveLines } from './archive-lines.js';

/** As it is kept until all are there: parsed, metadata may take many times the room of its text. */
export type ReadDocument = Omit<ArchivedDocumentDto, 'metadata'> & { metadataJson: string };

export interface Archive {
  head: ArchiveHeadDto;
  documents: ReadDocument[];
  /** Of everything in it: equal archives are the same request. */
  seal: string;
}

export interface ArchiveLimits {
  documents: number;
  /** Of any line. */
  lineBytes: number;
  /** Of all documents together, without their contents. */
  documentsBytes: number;
}

/** Keeps a content under the hash of its bytes, which it answers. */
type Store = (content: Readable) => Promise<StoredBlob>;

/**
 * Reads an archive as it arrives and stores its contents on the way; documents are made of it when all of it was read and is as it was written.
 * Throws what is wrong with it: it comes from outside, and may be anything.
 */
export async function readArchive(bytes: AsyncIterable<Buffer>, limits: ArchiveLimits, store: Store): Promise<Archive> {
  const lines = new ArchiveLines(bytes, limits.lineBytes);
  const head = checked(ArchiveHeadDto, await lines.next(), lines);
  const reader = new DocumentsReader(lines, limits, store);
  let line = await lines.next();
  for (; !('end' in line); line = await lines.next()) await reader.take(checked(ArchivedDocumentDto, line.document, lines));
  const end = checked(ArchiveEndDto, line.end, lines);
  const seal = await lines.finish();
  if (end.sha256 !== seal || end.documents !== reader.documents.length) throw lines.damaged('it is not what was written');
  return { head, documents: reader.documents, seal };
}

class DocumentsReader {
  readonly documents: ReadDocument[] = [];
  private bytes = 0;
  private readonly ids = new Set<string>();
  private readonly externalIds = new Set<string>();
  /** Sizes by hash. */
  private readonly contents = new Map<string, number>();

  constructor(
    private readonly lines: ArchiveLines,
    private readonly limits: ArchiveLimits,
    private readonly store: Store,
  ) {}

  async take(document: ArchivedDocumentDto): Promise<void> {
    this.refuseTwin(document);
    this.keep(document);
    const { content_hash: hash, size_bytes: size } = document;
    if (!this.contents.has(hash)) await this.storeContent(document);
    else if (this.contents.get(hash) !== size) throw this.lines.damaged('a content has two sizes');
    this.contents.set(hash, size);
  }

  private keep({ metadata, ...document }: ArchivedDocumentDto): void {
    const { documents, documentsBytes } = this.limits;
    this.bytes += this.lines.size;
    if (this.bytes > documentsBytes) throw this.lines.tooLarge(`its documents have more than ${documentsBytes} bytes together, without their contents`);
    if (this.documents.push({ ...document, metadataJson: JSON.stringify(metadata) }) > documents)
      throw this.lines.tooLarge(`it has more than the ${documents} documents that are taken at once`);
  }

  private refuseTwin({ id, external_id: externalId }: ArchivedDocumentDto): void {
    if (this.ids.has(id.toLowerCase()) || this.externalIds.has(externalId)) throw this.lines.damaged('a document is there twice');
    this.ids.add(id.toLowerCase());
    this.externalIds.add(externalId);
  }

  private async storeContent({ content_hash: hash, size_bytes: size }: ArchivedDocumentDto): Promise<void> {
    const stored = await this.store(Readable.from(this.content(size), { objectMode: false }));
    if (stored.hash !== hash || stored.size !== size) throw this.lines.damaged('a content is not what its document says');
  }

  private async *content(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      const { content } = await this.lines.next();
      const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : Buffer.alloc(0);
      if (bytes.length === 0 || bytes.length > left) throw this.lines.damaged('a content is missing, or has another size than its document says');
      left -= bytes.length;
      yield bytes;
    }
  }
}

const checks = new Map<DtoClass, (value: unknown) => object>();

/** By the rules of the class; what is not known here is left out, so that archives of later versions can say more. */
function checked<T extends object>(type: DtoClass<T>, value: unknown, lines: ArchiveLines): T {
  const check = checks.get(type) ?? validatorOf(type, { from: 'body', unknownFields: 'ignore' });
  checks.set(type, check);
  try {
    return check(value) as T;
  } catch (error) {
    throw error instanceof CairnError ? lines.damaged(error.message) : error;
  }
}

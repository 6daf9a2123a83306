import { createHash } from 'node:crypto';
import { ARCHIVE_VERSION, type ArchivedDocumentDto, type ArchiveHeadDto } from './archive.dto.js';

/** Of a content in one line; whoever reads an archive holds one line at a time. */
const PART_BYTES = 48 * 1_024;

export interface ArchiveSource {
  head: Omit<ArchiveHeadDto, 'cairn_archive'>;
  documents: AsyncIterable<ArchivedDocumentDto> | Iterable<ArchivedDocumentDto>;
  contentOf: (hash: string) => Promise<AsyncIterable<Buffer> | Iterable<Buffer>>;
}

/** The archive, line by line, made as it is read. Each content is in it once. */
export async function* writeArchive({ head, documents, contentOf }: ArchiveSource): AsyncGenerator<Buffer> {
  const seal = createHash('sha256');
  const sealed = (line: object): Buffer => {
    const bytes = lineOf(line);
    seal.update(bytes);
    return bytes;
  };
  const sent = new Set<string>();
  let count = 0;
  yield sealed({ cairn_archive: ARCHIVE_VERSION, ...head });
  for await (const document of documents) {
    count++;
    yield sealed({ document });
    if (sent.has(document.content_hash)) continue;
    sent.add(document.content_hash);
    for await (const bytes of await contentOf(document.content_hash)) for (const part of partsOf(bytes)) yield sealed({ content: part.toString('base64') });
  }
  yield lineOf({ end: { documents: count, sha256: seal.digest('hex') } });
}

function lineOf(line: object): Buffer {
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

function* partsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
}

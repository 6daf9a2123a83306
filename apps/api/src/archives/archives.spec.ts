import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { LimitsConfig, useLimits } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ArchivedDocumentDto } from './archive.dto.js';
import { LineSpool } from './line-spool.js';
import { type Archive, readArchive } from './read-archive.js';
import { writeArchive } from './write-archive.js';

useLimits(new LimitsConfig());

const HEAD = { name: 'Handbook', metadata: { team: 7 }, chunk_size: 200, chunk_overlap: 20, embedding_model: 'all-MiniLM-L6-v2' };
const LIMITS = { documents: 10, lineBytes: 100_000, documentsBytes: 150_000 };
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

function documentOf(content: Buffer, more: Partial<ArchivedDocumentDto> = {}): ArchivedDocumentDto {
  const id = randomUUID();
  return {
    id,
    external_id: `external ${id}`,
    file_name: 'a name\u2028in two lines\u2029.txt',
    title: 'A title',
    mime_type: 'text/plain',
    is_text: true,
    size_bytes: content.length,
    content_hash: sha256(content),
    metadata: { year: 2026 },
    ...more,
  };
}

async function written(
  contents: Buffer[],
  documents = contents.map((content) => documentOf(content)),
): Promise<{ bytes: Buffer; documents: ArchivedDocumentDto[] }> {
  const byHash = new Map(contents.map((content) => [sha256(content), content]));
  const parts: Buffer[] = [];
  const contentOf = async (hash: string) => [byHash.get(hash) as Buffer];
  for await (const part of writeArchive({ head: HEAD, documents, contentOf })) parts.push(part);
  return { bytes: Buffer.concat(parts), documents };
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Reads it, and keeps what it is told to store. */
async function readBack(bytes: Buffer, size = 1_000, limits = LIMITS): Promise<Archive & { stored: Buffer[] }> {
  const stored: Buffer[] = [];
  const archive = await readArchive(pieces(bytes, size), limits, async (content: Readable) => {
    const kept = Buffer.concat(await content.toArray());
    stored.push(kept);
    return { hash: sha256(kept), size: kept.length };
  });
  return { ...archive, stored };
}

const linesOf = (bytes: Buffer): string[] => bytes.toString('utf8').trimEnd().split('\n');

/** As somebody would write it who knows how: with the right seal for what it says. */
function sealed(lines: string[]): Buffer {
  const body = lines.map((line) => `${line}\n`).join('');
  const documents = lines.filter((line) => line.startsWith('{"document"')).length;
  return Buffer.from(`${body}${JSON.stringify({ end: { documents, sha256: sha256(body) } })}\n`);
}

describe('an archive', () => {
  it('C5: is read as it was written, in pieces of any size, each content once', async () => {
    const [text, large] = [Buffer.from('Größe 😀'), randomBytes(120_000)];
    const { bytes, documents } = await written([text, large, text, Buffer.alloc(0)]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 50, max: 200_000 }), async (size) => {
        const archive = await readBack(bytes, size);
        expect({ ...archive.head }).toMatchObject(HEAD);
        expect(archive.documents.map(({ metadataJson, ...document }) => ({ ...document, metadata: JSON.parse(metadataJson) }))).toEqual(documents);
        expect(archive.stored).toEqual([text, large, Buffer.alloc(0)]);
      }),
      { numRuns: 20 },
    );
  });

  it('C5: of a collection that has more metadata than one is made with is read', async () => {
    const metadata = { note: 'x'.repeat(70_000) };
    const archive = await readBack(sealed([JSON.stringify({ cairn_archive: 1, ...HEAD, metadata })]));
    expect(archive.head.metadata).toEqual(metadata);
    await expect(readBack(sealed([JSON.stringify({ cairn_archive: 1, ...HEAD, metadata: 'none' })]))).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('C5: that was cut off or changed anywhere is refused', async () => {
    const { bytes } = await written([Buffer.from('one text'), Buffer.from('another text')]);
    for (let at = 0; at < bytes.length - 1; at += 17) {
      await expect(readBack(bytes.subarray(0, at))).rejects.toMatchObject({ code: 'invalid_input' });
      const changed = Buffer.from(bytes);
      changed[at] = changed[at] === 0x61 ? 0x62 : 0x61;
      await expect(readBack(changed)).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(readBack(Buffer.concat([bytes, Buffer.from('{}\n')]))).rejects.toMatchObject({ code: 'invalid_input' });
    for (const nothing of [Buffer.alloc(0), randomBytes(500), Buffer.from('null\n'), Buffer.from('[]\n')])
      await expect(readBack(nothing)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('T11: whose seal is right and whose lines are hostile is refused', async () => {
    const content = Buffer.from('a text');
    const { bytes } = await written([content]);
    const [head, document, part] = linesOf(bytes) as [string, string, string];
    await readBack(sealed([head, document, part]));
    const say = (change: object) => JSON.stringify({ document: { ...JSON.parse(document).document, ...change } });
    const hostile: [string, string[]][] = [
      ['of another version', [head.replace('"cairn_archive":1', '"cairn_archive":2'), document, part]],
      ['without a name', [JSON.stringify({ cairn_archive: 1 }), document, part]],
      ['a document twice', [head, document, part, document]],
      ['an external id twice', [head, document, part, say({ id: randomUUID() })]],
      ['no id', [head, say({ id: '../../etc' }), part]],
      ['no hash', [head, say({ content_hash: '../../etc/passwd' }), part]],
      ['a negative size', [head, say({ size_bytes: -1 }), part]],
      ['a size without end', [head, say({ size_bytes: 1e300 }), part]],
      ['less content than said', [head, say({ size_bytes: content.length + 1 }), part]],
      ['more content than said', [head, say({ size_bytes: content.length - 1 }), part]],
      ['other content than said', [head, say({ content_hash: 'a'.repeat(64) }), part]],
      ['NUL in a name', [head, say({ file_name: 'a\0b' }), part]],
      ['half a character in metadata', [head, document.replace('2026', '"\\ud800"'), part]],
      ['NUL in a key of metadata', [head, document.replace('"year"', '"\\u0000"'), part]],
      ['a prototype', [head, document.replace('"year"', '"__proto__"'), part]],
      ['metadata without end', [head, document.replace('2026', '['.repeat(40_000) + ']'.repeat(40_000)), part]],
      ['metadata that is a list', [head, say({ metadata: [] }), part]],
      ['an external id without end', [head, say({ external_id: 'x'.repeat(2_001) }), part]],
      ['a line of nothing', [head, '', document, part]],
      ['content of nobody', [head, part, document, part]],
    ];
    for (const [what, lines] of hostile) await expect([what, await readBack(sealed(lines)).catch((error) => error.code)]).toEqual([what, 'invalid_input']);
  });

  it('T11: with more documents or longer lines than are taken is refused as too large', async () => {
    const contents = Array.from({ length: 11 }, (_, i) => Buffer.from(`text ${i}`));
    await expect(readBack((await written(contents)).bytes)).rejects.toMatchObject({ code: 'too_large' });
    const long = await written([Buffer.from('x')], [documentOf(Buffer.from('x'), { metadata: { long: 'x'.repeat(100_000) } })]);
    await expect(readBack(long.bytes)).rejects.toMatchObject({ code: 'too_large' });
    await expect(readBack(Buffer.alloc(1_000_000, 'x'))).rejects.toMatchObject({ code: 'too_large' });
  });

  it('T11: says which line is too long, and where its documents are too large together', async () => {
    const documentsOf = (sizes: number[]) => {
      const contents = sizes.map((size) => Buffer.from(`a content for ${size}`));
      return written(
        contents,
        contents.map((content, i) => documentOf(content, { metadata: { long: 'x'.repeat(sizes[i] as number) } })),
      );
    };
    const fits = await documentsOf([90_000, 50_000]);
    expect((await readBack(fits.bytes)).documents).toHaveLength(2);
    const long = await documentsOf([50, 100_001]);
    await expect(readBack(long.bytes)).rejects.toMatchObject({ code: 'too_large', message: expect.stringContaining('Line 4 ') });
    const many = await documentsOf([60_000, 60_001, 60_002]);
    await expect(readBack(many.bytes)).rejects.toMatchObject({ code: 'too_large', message: expect.stringContaining('line 6: its documents') });
  });
});

describe('a spool of lines', () => {
  it('C5: gives back what was written, whatever ends a line elsewhere, and leaves no file', async () => {
    const spool = await LineSpool.open();
    const lines = Array.from({ length: 1_234 }, (_, i) => JSON.stringify({ i, text: `a\n\u2028\u2029\r${i}` }));
    for (const line of lines) await spool.write(line);
    const read: string[] = [];
    for await (const line of spool.read()) read.push(line);
    expect(read).toEqual(lines);
    await spool.close();
  });
});

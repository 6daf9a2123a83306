import { beforeAll, describe, expect, it } from '@jest/globals';
import { zipped } from '../fixtures/files/office.js';
import { samples } from '../fixtures/files/samples.js';
import { detectFormat } from './detect-format.js';
import { PARSE_LIMITS } from './parse-limits.js';

let files: Record<string, Uint8Array>;
beforeAll(async () => {
  files = await samples();
});

const detected = async (bytes: Uint8Array | string, fileName: string, mimeType?: string) =>
  (await detectFormat(Buffer.from(bytes as Uint8Array), { fileName, mimeType }, PARSE_LIMITS)).name;

describe('the format of a file', () => {
  it.each(['a.pdf', 'a.docx', 'a.pptx', 'a.xlsx', 'a.epub', 'a.png', 'a.jpg', 'a.html', 'a.srt', 'a.vtt', 'a.eml', 'a.json'])(
    'I17: is known by its content, whatever its name says: %s',
    async (name) => {
      const right = await detected(files[name] as Uint8Array, name);
      expect(await detected(files[name] as Uint8Array, 'nameless')).toBe(right);
      // A name decides among texts only where the content does not.
      const strict = name.endsWith('eml') || name.endsWith('json');
      if (!strict) for (const wrong of ['x.txt', 'x.docx', 'x.csv', 'x.png']) expect(await detected(files[name] as Uint8Array, wrong, 'text/csv')).toBe(right);
    },
  );

  it('I17: of a text is decided by its extension, then by its MIME type', async () => {
    expect(await detected('a = 1', 'x.py')).toBe('code');
    expect(await detected('a,b', 'X.CSV', 'text/plain')).toBe('csv');
    expect(await detected('# a', 'x', 'text/markdown; charset=utf-8')).toBe('markdown');
    expect(await detected('# a', 'x', 'application/octet-stream')).toBe('text');
    expect(await detected('# a', 'x.md', 'text/html')).toBe('markdown');
  });

  it('of a text that is named like a document is text', async () => {
    for (const name of ['x.pdf', 'x.docx', 'x.png']) expect(await detected('just words', name)).toBe('text');
  });

  it.each([
    ['a GZIP file', '\x1f\x8b\x08\0\0\0\0\0\0\x03', 'a compressed file (GZIP)'],
    ['a program', '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0', 'a program'],
    ['a film', '\0\0\0\x18ftypmp42\0\0\0\0', 'a film'],
    ['a photograph of a telephone', '\0\0\0\x18ftypheic\0\0\0\0', 'an image (HEIC)'],
    ['noise', '\x01\x02\x03\x04\x05\x06\x0e\x0f\x01\x02', 'neither a text nor a format that is known here'],
  ])('that is not read is said: %s', async (_what, bytes, said) => {
    await expect(detected(Buffer.from(bytes, 'latin1'), 'x.pdf')).rejects.toMatchObject({
      code: 'file_format',
      message: `This file is ${said}, which cannot be read.`,
    });
  });

  it('of an archive that is no document is said', async () => {
    await expect(detected(zipped({ 'a.txt': 'a' }), 'a.docx')).rejects.toMatchObject({ message: 'This file is an archive (ZIP), which cannot be read.' });
  });

  it('of an old or protected Office file is said, with what to do', async () => {
    const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]);
    await expect(detected(old, 'a.doc')).rejects.toMatchObject({ code: 'file_encrypted', message: expect.stringContaining('older than 2007') });
  });

  it('of nothing at all is refused', async () => {
    await expect(detected('', 'a.txt')).rejects.toMatchObject({ code: 'file_empty', message: 'This file is empty.' });
  });
});

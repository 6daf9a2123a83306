import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { canLimitMemory, PARSE_CHILD_LIMITS, parseFile } from '../../dist/index.js';
import * as hostile from '../fixtures/files/hostile.js';
import { docxParts, zipped } from '../fixtures/files/office.js';
import { parseBytes } from './parse-bytes.js';
import { PARSE_LIMITS, type ParseLimits } from './parse-limits.js';

jest.setTimeout(120_000);

/** In this process, which is faster: what is refused before it costs anything need not be alone. */
const parsed = async (bytes: Uint8Array, fileName: string, limits: Partial<ParseLimits> = {}) =>
  (await parseBytes(bytes, { fileName }, { ...PARSE_LIMITS, ...limits })).parsed;
const tooLarge = (message: string) => ({ name: 'PermanentJobError', code: 'file_too_large', message });

describe('a ZIP', () => {
  it('I5, R7: that becomes a thousand times larger is refused before it is unpacked', async () => {
    const refusal = tooLarge('A part of this file would become 1,024 times larger when unpacked; at most 200 times is allowed.');
    await expect(parsed(hostile.zipBomb(30), 'a.docx')).rejects.toMatchObject(refusal);
  });

  it('I5, R7: that becomes too large altogether is refused', async () => {
    await expect(parsed(hostile.zipBomb(3), 'a.docx', { maxUnpackedBytes: 2_000_000, maxRatio: 2_000 })).rejects.toMatchObject(
      tooLarge('Unpacked, this file has more than 2 million bytes, so it was not unpacked.'),
    );
  });

  it('I5: that lies about what it becomes is stopped there', async () => {
    await expect(parsed(hostile.lyingZip(), 'a.docx')).rejects.toMatchObject({ code: 'file_damaged' });
  });

  it('I5, R7: of too many files is refused by its list of contents', async () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`word/${at}.xml`, 'x']));
    await expect(parsed(zipped({ ...docxParts(), ...many }), 'a.docx', { maxEntries: 50 })).rejects.toMatchObject(
      tooLarge('This file packs 55 files; at most 50 can be read.'),
    );
  });

  it('I5: with names that lead elsewhere is refused', async () => {
    for (const name of ['/etc/passwd', '../../up.xml']) {
      await expect(parsed(zipped({ ...docxParts(), [name]: 'x' }), 'a.docx')).rejects.toMatchObject({ code: 'file_damaged' });
    }
  });

  it('I5: with a bomb in it that no text needs is read without it', async () => {
    const armed = zipped({ ...docxParts(), 'word/embeddings/bomb.bin': new Uint8Array(5_000_000) });
    expect((await parsed(armed, 'a.docx', { maxUnpackedBytes: 1_000_000 })).text).toContain('The pump in hall seven');
  });
});

describe('XML', () => {
  it('I5: with entities of its own is refused, and nothing they name is read', async () => {
    for (const bytes of [hostile.entityBomb(), ...hostile.externalEntities()]) {
      await expect(parsed(bytes, 'a.docx')).rejects.toMatchObject({ code: 'file_damaged', message: expect.stringContaining('DOCTYPE') });
    }
    expect((await parsed(hostile.undeclaredEntity(), 'a.docx')).text).toMatch(/^&e;/);
  });
});

describe('what a file refers to', () => {
  it('I5, I6: is neither fetched nor read', async () => {
    let connections = 0;
    const sink = createServer(() => connections++).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const folder = mkdtempSync(join(tmpdir(), 'cairn-canary-'));
    writeFileSync(join(folder, 'canary.txt'), 'CANARY');
    const targets = [`http://127.0.0.1:${(sink.address() as AddressInfo).port}/x`, `file://${folder}/canary.txt`, `${folder}/canary.txt`];
    try {
      const files = targets.flatMap((target) => hostile.referringTo(target));
      const texts = await Promise.all(files.map(({ bytes, fileName }) => parseFile(bytes, { fileName }).then(({ text }) => text)));
      expect(texts.filter((text) => !text.includes('the text itself') || text.includes('CANARY'))).toEqual([]);
      expect(connections).toBe(0);
    } finally {
      sink.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what is nested', () => {
  const tooDeep = tooLarge('This file is nested more than 5,000 levels deep, so it was given up.');

  it('R7: a million levels deep is refused', async () => {
    await expect(parsed(hostile.nested('[', ']', 1_000_000), 'a.json')).rejects.toMatchObject(tooDeep);
    await expect(parsed(hostile.nested('<div>', '</div>', 100_000), 'a.html')).rejects.toMatchObject(tooDeep);
    const paragraphs = Buffer.from(hostile.nested('<w:p>', '</w:p>', 6_000)).toString();
    await expect(parsed(hostile.docxWith('', paragraphs), 'a.docx')).rejects.toMatchObject(tooDeep);
  });

  it('as deeply as is allowed is read', async () => {
    const json = Buffer.from(`${'{"a":'.repeat(1_000)}"deep"${'}'.repeat(1_000)}`);
    expect((await parsed(json, 'a.json')).text).toBe(`${Array(1_000).fill('a').join('.')}: deep`);
  });
});

describe('a line of 10 MB', () => {
  it.each(['a.txt', 'a.md', 'a.rst', 'a.py', 'a.csv', 'a.json', 'a.html', 'a.eml', 'a.srt', 'nameless'])(
    'I8: is read in time that grows with its length only: %s',
    async (fileName) => {
      for (const letter of ['x', ' ']) {
        const started = process.cpuUsage();
        await parsed(Buffer.alloc(10_000_000, letter), fileName);
        const { user, system } = process.cpuUsage(started);
        // Half a second each; what is quadratic takes hours.
        expect((user + system) / 1e6).toBeLessThan(15);
      }
    },
    60_000,
  );

  it.each([
    ['a.html', '<', '<a ', '&', '<!--', '</b>', '<p a='],
    ['a.md', '# ', '\n#', '`', '---\n', '\n---\n'],
    ['a.csv', '"', ',', '"\n'],
    ['a.eml', 'From: a\n', '=?utf-8?Q?', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'],
    ['a.rst', '==\n', 'a\n=\n'],
  ])(
    'I8: and so is what repeats for a megabyte: %s',
    async (fileName, ...repeated) => {
      for (const piece of repeated) {
        const started = process.cpuUsage();
        await parsed(Buffer.from(piece.repeat(1_000_000 / piece.length)), fileName).catch((error: Error) => expect(error.name).toBe('PermanentJobError'));
        const { user, system } = process.cpuUsage(started);
        expect((user + system) / 1e6).toBeLessThan(15);
      }
    },
    60_000,
  );
});

describe('a text', () => {
  it('R7: that is too long is refused with the limit', async () => {
    const refusal = tooLarge('This file holds too much text: at most 1,000 characters can be read.');
    for (const name of ['a.txt', 'a.html', 'a.csv'])
      await expect(parsed(Buffer.alloc(2_000, 'x'), name, { maxTextLength: 1_000 })).rejects.toMatchObject(refusal);
  });

  it('has nothing in it that a database refuses', async () => {
    const { text, metadata } = await parsed(Buffer.from(`---\ntitle: "a\\0b"\n---\n${'words '.repeat(99)}a\0b`), 'a.md');
    expect([text.slice(-3), metadata.title]).toEqual(['a b', 'a b']);
    expect((await parsed(Buffer.from('"\\ud800"'), 'a.json')).text).toBe('\ufffd');
  });

  it('of nothing but headings has only so many', async () => {
    expect((await parsed(Buffer.from('# a\n'.repeat(1_000)), 'a.md', { maxSpans: 10 })).headings).toHaveLength(10);
    const cues = Buffer.from(`WEBVTT\n\n${'00:01.000 --> 00:02.000\nhm\n\n'.repeat(11)}`);
    await expect(parsed(cues, 'a.vtt', { maxSpans: 10 })).rejects.toMatchObject(tooLarge('This recording has 11 cues; at most 10 can be read.'));
  });
});

describe('a PDF', () => {
  it('I6, R7: of too many pages is refused with both numbers', async () => {
    await expect(parseFile(hostile.manyPages(2_000))).rejects.toMatchObject(tooLarge('This file has 2,000 pages; at most 1,000 can be read.'));
  });

  it('I6: that asks for a password says so', async () => {
    await expect(parseFile(hostile.lockedPdf())).rejects.toMatchObject({
      code: 'file_encrypted',
      message: 'This PDF is protected by a password. Save it without one and try again.',
    });
  });

  it('I6: whose pages lead in a circle is refused as damaged', async () => {
    await expect(parseFile(hostile.circularPages())).rejects.toMatchObject({
      code: 'file_damaged',
      message: 'This file cannot be read as a PDF: it is damaged or cut off.',
    });
  });

  it('I6: that draws itself, or is as large as a country, gives its text', async () => {
    expect((await parseFile(hostile.circularForm())).text).toBe('before the loop');
    expect((await parseFile(hostile.hugePage())).text).toBe('on a huge page');
  });

  it('I6: with a script and a link runs and follows neither', async () => {
    expect(await parseFile(hostile.activePdf())).toEqual({
      text: '',
      mimeType: 'application/pdf',
      pages: [{ page: 1, start: 0, end: 0 }],
      metadata: { pages: '1' },
    });
  });

  const limited = canLimitMemory ? it : it.skip;

  limited('I6, R7: that would draw for days is given up at a limit, and we go on without a hitch', async () => {
    const before = performance.eventLoopUtilization();
    const given = parseFile(hostile.billionForms(), { childLimits: { ...PARSE_CHILD_LIMITS, cpuSeconds: 3 } });
    await expect(given).rejects.toMatchObject({ reason: 'cpu', message: 'Reading this file takes more than 3 seconds of computing, so it was given up.' });
    const { active, idle } = performance.eventLoopUtilization(before);
    expect(idle).toBeGreaterThan(5 * active);
    expect((await parseFile(Buffer.from('and on'))).text).toBe('and on');
  });

  it('that nobody waits for any longer is stopped', async () => {
    const caller = new AbortController();
    const waiting = parseFile(hostile.billionForms(), { signal: caller.signal });
    setTimeout(() => caller.abort(new Error('no longer wanted')), 200);
    await expect(waiting).rejects.toThrow('no longer wanted');
  });
});

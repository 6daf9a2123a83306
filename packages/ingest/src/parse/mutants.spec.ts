import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { runInChild } from '../child/run-in-child.js';
import { docxParts, epubParts, pptxParts, xlsxParts, zipped } from '../fixtures/files/office.js';
import { samples } from '../fixtures/files/samples.js';
import { PARSE_CHILD_LIMITS, PARSE_LIMITS } from './parse-limits.js';

// A process for each file is what parseFile does; here hundreds share one, so that a mistake in a parser is not hidden behind the process that it ends.

jest.setTimeout(120_000);

interface File {
  fileName: string;
  bytes: Buffer;
}

const entry = new URL('../fixtures/parse-many.process.mjs', import.meta.url);
const PACKED: Record<string, () => Record<string, string>> = { 'a.docx': docxParts, 'a.pptx': pptxParts, 'a.xlsx': xlsxParts, 'a.epub': epubParts };

let files: Record<string, Buffer>;
beforeAll(async () => {
  files = Object.fromEntries(Object.entries(await samples()).map(([name, bytes]) => [name, Buffer.from(bytes)]));
});

async function outcomes(tried: File[]): Promise<string[]> {
  const options = { files: tried.map(({ fileName, bytes }) => ({ fileName, length: bytes.length })), limits: PARSE_LIMITS };
  return (await runInChild({ entry, options, bytes: Buffer.concat(tried.map(({ bytes }) => bytes)), limits: PARSE_CHILD_LIMITS })) as string[];
}

const broken = async (tried: File[]): Promise<string[]> => {
  const all = await outcomes(tried);
  expect(all).toHaveLength(tried.length);
  return all.flatMap((outcome, at) =>
    outcome.startsWith('broken') ? [`${tried[at]?.fileName} ${tried[at]?.bytes.toString('base64').slice(0, 400)} ${outcome}`] : [],
  );
};

type Change = (bytes: Buffer) => Buffer;

/** Places as shares of the length, so that a change fits any file. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const change: fc.Arbitrary<Change> = fc.oneof(
  place.map(
    (end): Change =>
      (bytes) =>
        bytes.subarray(0, Math.floor(end * bytes.length)),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, noise]): Change =>
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed.set(noise.subarray(0, Math.max(0, bytes.length - Math.floor(at * bytes.length))), Math.floor(at * bytes.length));
        return changed;
      },
  ),
  fc.tuple(place, place).map(
    ([a, b]): Change =>
      (bytes) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)].map((at) => Math.floor(at * bytes.length));
        return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
      },
  ),
  fc.tuple(place, place).map(
    ([a, b]): Change =>
      (bytes) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)].map((at) => Math.floor(at * bytes.length));
        return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
      },
  ),
  fc.tuple(place, fc.constantFrom('<', '>', '"', '&#', '\0', ']]>', '<!--', '<w:p>', '</w:p>', '1e999', '-->', '\ud800')).map(
    ([at, mark]): Change =>
      (bytes) => {
        const cut = Math.floor(at * bytes.length);
        return Buffer.concat([bytes.subarray(0, cut), Buffer.from(mark), bytes.subarray(cut)]);
      },
  ),
);
const changed = (bytes: Buffer, changes: Change[]): Buffer => changes.reduce((file, each) => each(file), bytes);

describe('a file that was tampered with', () => {
  it('I5, I6, I7: is parsed or refused, and no parser breaks', async () => {
    const mutant = fc.record({ sample: fc.nat(), changes: fc.array(change, { minLength: 1, maxLength: 4 }), part: fc.nat() });
    const made = ({ sample, changes, part }: { sample: number; changes: Change[]; part: number }): File => {
      const names = Object.keys(files);
      const fileName = names[sample % names.length] as string;
      const parts = PACKED[fileName]?.();
      // Bytes of a ZIP that changed fail its checksums; what is in it has to change before it is packed.
      if (parts === undefined || part % 4 === 0) return { fileName, bytes: changed(files[fileName] as Buffer, changes) };
      const [name = '', text = ''] = Object.entries(parts)[part % Object.keys(parts).length] ?? [];
      return { fileName, bytes: Buffer.from(zipped({ ...parts, [name]: changed(Buffer.from(text), changes) })) };
    };
    await fc.assert(
      fc.asyncProperty(fc.array(mutant, { minLength: 100, maxLength: 100 }), async (mutants) => {
        expect(await broken(mutants.map(made))).toEqual([]);
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('cut off anywhere is parsed or refused', async () => {
    const cut = Object.entries(files).flatMap(([fileName, bytes]) =>
      Array.from({ length: 12 }, (_, at) => ({ fileName, bytes: bytes.subarray(0, Math.ceil((bytes.length * at) / 12)) })),
    );
    expect(await broken(cut)).toEqual([]);
  });

  it('I4: or that is nothing but noise is refused, whatever its name', async () => {
    const noise = Buffer.from(Array.from({ length: 20_000 }, (_, at) => Math.imul(at + 1, 2_654_435_761) >>> 23));
    const all = await outcomes(Object.keys(files).map((fileName) => ({ fileName, bytes: noise })));
    expect(new Set(all)).toEqual(new Set(['refused: file_format']));
  });

  it.each(['a.pdf', 'a.docx', 'a.png'])('I4: a text in front of it does not hide what it is: %s', async (fileName) => {
    const bytes = Buffer.concat([Buffer.from('<html>hello</html>\n'), files[fileName] as Buffer]);
    expect((await outcomes([{ fileName: 'a.html', bytes }]))[0]).toMatch(/^(?:parsed|refused: )/);
  });
});

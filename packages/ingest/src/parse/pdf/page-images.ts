import type { PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import sharp from 'sharp';
import { isImage } from './has-images.js';
import type { OpenPdf, PdfLibrary } from './open-pdf.js';

type Matrix = [number, number, number, number, number, number];

interface Pixels {
  width: number;
  height: number;
  /** As pdf.js numbers them: 1 is a bit for each pixel, 2 is RGB, 3 is RGBA. */
  kind: number;
  data: Uint8Array;
}

interface Placed {
  pixels: Pixels;
  /** How the unit square of the picture lies on the page, in points from its top left corner. */
  matrix: Matrix;
}

const BIT = 1;
const CHANNELS: Record<number, 3 | 4> = { 2: 3, 3: 4 };
/** Smaller pictures are marks and lines. */
const SMALLEST_SIDE = 24;

/**
 * The largest pictures on a page, at most so many, from top to bottom as PNGs in grey, the right way up: what a scanner made of it.
 * Strips of one scan are put together again.
 */
export async function pageImages({ pdfjs, document }: OpenPdf, number: number, most: number): Promise<Buffer[]> {
  const page = await document.getPage(number);
  const placed = (await placedImages(pdfjs, page)).filter(({ pixels: { width, height } }) => Math.min(width, height) > 0);
  const joined = joinStrips(placed.sort((a, b) => topOf(a.matrix) - topOf(b.matrix)));
  const worth = joined.filter(({ pixels: { width, height } }) => Math.min(width, height) >= SMALLEST_SIDE);
  const largest = new Set([...worth].sort((a, b) => areaOf(b) - areaOf(a)).slice(0, most));
  return Promise.all(worth.filter((each) => largest.has(each)).map(upright));
}

const areaOf = ({ pixels: { width, height } }: Placed): number => width * height;

async function placedImages(pdfjs: PdfLibrary, page: PDFPageProxy): Promise<Placed[]> {
  const { OPS, Util } = pdfjs;
  const { fnArray, argsArray } = await page.getOperatorList();
  const placed: Placed[] = [];
  const saved: Matrix[] = [];
  let matrix = page.getViewport({ scale: 1 }).transform as Matrix;
  for (const [at, operator] of fnArray.entries()) {
    const args = argsArray[at] as unknown[];
    if (operator === OPS.save || operator === OPS.paintFormXObjectBegin) saved.push(matrix);
    if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) matrix = saved.pop() ?? matrix;
    if (operator === OPS.transform) matrix = Util.transform(matrix, args as Matrix) as Matrix;
    if (operator === OPS.paintFormXObjectBegin && Array.isArray(args[0])) matrix = Util.transform(matrix, args[0] as Matrix) as Matrix;
    const pixels = isImage(pdfjs, operator) ? await pixelsOf(page, args[0], operator === OPS.paintImageMaskXObject) : undefined;
    if (pixels !== undefined) placed.push({ pixels, matrix });
  }
  return placed;
}

async function pixelsOf(page: PDFPageProxy, named: unknown, isMask: boolean): Promise<Pixels | undefined> {
  const image = (typeof named === 'string' ? await object(page, named) : named) as Partial<Pixels> & { data?: Uint8Array | string };
  const data = typeof image?.data === 'string' ? ((await object(page, image.data)) as Partial<Pixels> | null)?.data : image?.data;
  const kind = isMask ? BIT : image?.kind;
  if (data === undefined || kind === undefined || image.width === undefined || image.height === undefined) return undefined;
  return { width: image.width, height: image.height, kind, data };
}

const object = (page: PDFPageProxy, name: string): Promise<unknown> =>
  new Promise((resolve) => (name.startsWith('g_') ? page.commonObjs : page.objs).get(name, resolve));

/** In points from the top of the page. */
const topOf = ([, b, , d, , f]: Matrix): number => Math.min(f, f + b, f + d, f + b + d);

/** Pictures of one width, each right below the last, are one picture. */
function joinStrips(placed: Placed[]): Placed[] {
  const joined: Placed[] = [];
  for (const next of placed) {
    const last = joined.at(-1);
    if (last !== undefined && isBelow(next, last)) joined[joined.length - 1] = stacked(last, next);
    else joined.push(next);
  }
  return joined;
}

function isBelow(next: Placed, last: Placed): boolean {
  const [[a, b, c, d, e, f], [lastA, lastB, lastC, lastD, lastE, lastF]] = [next.matrix, last.matrix];
  const areUpright = [b, c, lastB, lastC].every((skew) => Math.abs(skew) < 1e-3) && a > 0 && d < 0 && lastA > 0 && lastD < 0;
  const sameWidth = next.pixels.width === last.pixels.width && next.pixels.kind === last.pixels.kind && Math.abs(a - lastA) < 1 && Math.abs(e - lastE) < 1;
  return areUpright && sameWidth && Math.abs(f + d - lastF) < 1;
}

function stacked(last: Placed, next: Placed): Placed {
  const [a, b, c, d, e] = last.matrix;
  const pixels = { ...last.pixels, height: last.pixels.height + next.pixels.height, data: Buffer.concat([last.pixels.data, next.pixels.data]) };
  return { pixels, matrix: [a, b, c, d + next.matrix[3], e, next.matrix[5]] };
}

/** A PNG of it as it is seen on the page. */
async function upright({ pixels, matrix: [a, b, c, d] }: Placed): Promise<Buffer> {
  const { width, height, kind, data } = pixels;
  const channels = CHANNELS[kind] ?? 1;
  const raw = kind === BIT ? bytesOfBits(pixels) : data;
  const image = sharp(raw, { raw: { width, height, channels } }).flatten({ background: 'white' }).toColourspace('b-w');
  // To the right on the picture is (a, b) on the page, and down is (-c, -d): a page's own y grows upwards, and was turned over by the viewport.
  const isMirrored = -a * d + b * c < 0;
  const quarters = Math.round(Math.atan2(b, a) / (Math.PI / 2));
  const turned = (isMirrored ? image.flip() : image).rotate(((quarters + 4) % 4) * 90);
  return turned.png({ compressionLevel: 1 }).toBuffer();
}

function bytesOfBits({ width, height, data }: Pixels): Uint8Array {
  const stride = (width + 7) >> 3;
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) grey[y * width + x] = ((data[y * stride + (x >> 3)] as number) & (0x80 >> (x & 7))) === 0 ? 0 : 255;
  }
  return grey;
}

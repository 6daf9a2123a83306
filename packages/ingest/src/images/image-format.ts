export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif';

interface Mark {
  format: ImageFormat;
  at: number;
  texts: string[];
}

const MARKS: Mark[] = [
  { format: 'png', at: 0, texts: ['\x89PNG\r\n\x1a\n'] },
  { format: 'jpeg', at: 0, texts: ['\xff\xd8\xff'] },
  { format: 'webp', at: 8, texts: ['WEBP'] },
  { format: 'gif', at: 0, texts: ['GIF87a', 'GIF89a'] },
  { format: 'tiff', at: 0, texts: ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'] },
  { format: 'avif', at: 4, texts: ['ftypavif', 'ftypavis'] },
];
const LONGEST = 12;

/** What the first bytes say; names and content types are not asked. Undefined for everything that is not read here, SVG and PDF among it. */
export function imageFormatOf(bytes: Uint8Array): ImageFormat | undefined {
  const start = Buffer.from(bytes.subarray(0, LONGEST)).toString('latin1');
  return MARKS.find(({ at, texts }) => texts.some((text) => start.startsWith(text, at)))?.format;
}

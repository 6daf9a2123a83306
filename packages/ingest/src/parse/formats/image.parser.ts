import { type ImageFormat, imageFormatOf } from '../../images/image-format.js';
import { IMAGE_LIMITS } from '../../images/image-limits.js';
import type { Parser, ParserInput } from '../parser.js';

const MIME_TYPES: Record<ImageFormat, string> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  tiff: 'image/tiff',
  avif: 'image/avif',
};

/** A picture. Its text is what OCR reads in it; without OCR it has none. */
export const imageParser: Parser = {
  name: 'image',
  what: 'an image',
  mimeTypes: [MIME_TYPES.png, MIME_TYPES.jpeg, MIME_TYPES.webp, MIME_TYPES.gif, MIME_TYPES.tiff, MIME_TYPES.avif],
  extensions: ['png', 'jpg', 'jpeg', 'webp', 'gif', 'tif', 'tiff', 'avif'],
  kind: 'binary',
  recognises: ({ bytes }) => imageFormatOf(bytes) !== undefined,
  async parse({ bytes, limits }: ParserInput) {
    const { readImage } = await import('../../images/read-image.js');
    const { format, width, height, pages } = await readImage(bytes, { ...IMAGE_LIMITS, maxPages: limits.maxPages });
    return {
      text: '',
      mimeType: MIME_TYPES[format],
      pages: Array.from({ length: pages }, (_, at) => ({ page: at + 1, start: 0, end: 0 })),
      scans: Array.from({ length: pages }, (_, at) => at + 1),
      metadata: { width: String(width), height: String(height) },
    };
  },
};

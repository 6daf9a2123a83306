import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { IMAGE_LIMITS } from '../../images/image-limits.js';
import type { ParseLimits } from '../parse-limits.js';
import { asRefusal, encrypted, tooManyPages } from '../parse-refused.js';

export type PdfLibrary = typeof import('pdfjs-dist/legacy/build/pdf.mjs');

export interface OpenPdf {
  pdfjs: PdfLibrary;
  document: PDFDocumentProxy;
}

/** Opens a PDF for reading: nothing in it is run, drawn, followed or fetched. Character maps and fonts come from the library's own folder. */
export async function openPdf(bytes: Uint8Array, { maxPages }: Pick<ParseLimits, 'maxPages'>): Promise<OpenPdf> {
  const pdfjs = await loadLibrary();
  const document = await pdfjs.getDocument({ data: new Uint8Array(bytes), ...quiet(pdfjs) }).promise.catch((error: unknown) => {
    throw error instanceof Error && error.name === 'PasswordException' ? encrypted('PDF') : asRefusal('a PDF', error);
  });
  if (document.numPages > maxPages) throw tooManyPages(document.numPages, maxPages);
  return { pdfjs, document };
}

async function loadLibrary(): Promise<PdfLibrary> {
  // Made once when the library is loaded, and used for drawing only, which we do not do; the package that brings it is left out (pnpm-workspace.yaml).
  const realm = globalThis as { DOMMatrix?: unknown };
  realm.DOMMatrix ??= class {};
  return import('pdfjs-dist/legacy/build/pdf.mjs');
}

function quiet({ VerbosityLevel }: PdfLibrary): object {
  const folder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
  return {
    verbosity: VerbosityLevel.ERRORS,
    isEvalSupported: false,
    enableXfa: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    isImageDecoderSupported: false,
    maxImageSize: IMAGE_LIMITS.maxPixels,
    cMapUrl: join(folder, 'cmaps/'),
    cMapPacked: true,
    standardFontDataUrl: join(folder, 'standard_fonts/'),
    wasmUrl: join(folder, 'wasm/'),
  };
}

import type { PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { PdfLibrary } from './open-pdf.js';

export function isImage({ OPS }: Pick<PdfLibrary, 'OPS'>, operator: number): boolean {
  return operator === OPS.paintImageXObject || operator === OPS.paintInlineImageXObject || operator === OPS.paintImageMaskXObject;
}

/** Whether OCR may find something that the text of the page does not say. */
export async function hasImages(pdfjs: PdfLibrary, page: PDFPageProxy): Promise<boolean> {
  const { fnArray } = await page.getOperatorList();
  return fnArray.some((operator) => isImage(pdfjs, operator));
}

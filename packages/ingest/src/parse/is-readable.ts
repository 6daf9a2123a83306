import { extensionOf, type FileName, mediaTypeOf } from './detect-format.js';
import { FILE_FORMATS } from './registry.js';

/** Whether a file says of itself, by its name or its type, that it is of a format that is read. */
export function isReadable({ fileName, mimeType }: FileName): boolean {
  const extension = extensionOf(fileName);
  const type = mediaTypeOf(mimeType);
  return FILE_FORMATS.some(({ extensions, mimeTypes }) => extensions.includes(extension) || mimeTypes.includes(type));
}

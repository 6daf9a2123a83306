import { decode, openPage, type PageChoice } from './open-page.js';

export interface ThumbnailOptions extends PageChoice {
  format?: 'webp' | 'jpeg';
}

/** A small picture whose longer side has `size` pixels; smaller images stay as they are. WebP keeps transparency, JPEG puts white behind it. */
export async function thumbnail(bytes: Uint8Array, size: number, { format = 'webp', ...choice }: ThumbnailOptions = {}): Promise<Uint8Array> {
  const page = await openPage(bytes, choice);
  const small = page.resize(size, size, { fit: 'inside', withoutEnlargement: true });
  const drawn = format === 'webp' ? small.webp({ quality: 80 }) : small.flatten({ background: 'white' }).jpeg({ quality: 80 });
  return (await decode(drawn)).data;
}

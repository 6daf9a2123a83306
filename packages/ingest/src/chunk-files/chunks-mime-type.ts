/** A file whose chunks somebody cut already: JSON, which by its name alone would be read as any other. */
export const CHUNKS_MIME_TYPE = 'application/vnd.cairn.chunks+json';

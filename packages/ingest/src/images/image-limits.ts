/** What an image may ask of us before it is refused. */
export interface ImageLimits {
  /** Of one page, as stored. A page of A4 at 600 dpi has 35 million. */
  maxPixels: number;
  maxPages: number;
  /** For one decode. Header tricks run outside of it: a hostile file is decoded in a child process, whose time is limited as a whole. */
  timeoutSeconds: number;
}

export const IMAGE_LIMITS: ImageLimits = { maxPixels: 40_000_000, maxPages: 1_000, timeoutSeconds: 30 };

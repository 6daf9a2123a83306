export { type ChildEnd, ChildEndedError } from './child/child-ended-error.js';
export { type ChildLimits, canLimitMemory } from './child/child-limits.js';
export type { ImageFormat } from './images/image-format.js';
export { IMAGE_LIMITS, type ImageLimits } from './images/image-limits.js';
export { CLIP_SIGHT, type ModelSight, modelPixels } from './images/model-pixels.js';
export type { PageChoice } from './images/open-page.js';
export { type ImageFacts, readImage } from './images/read-image.js';
export { type ThumbnailOptions, thumbnail } from './images/thumbnail.js';

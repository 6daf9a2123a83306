// What reads files from elsewhere, for services that parse nothing themselves: without the parsers and the image decoder.

export type { ConfigClass } from './sources/config/read-config.js';
export { spelledPath } from './sources/files/place.js';
export { listSource } from './sources/list-source.js';
export { type PreviewOptions, previewSource, type SourcePreview } from './sources/preview/preview-source.js';
export { type ReadSource, readSource, SOURCE_KINDS, type SourceDescription } from './sources/registry.js';
export type { SourceItem, SourceKind, SourceLimits, SourceNote, SourceRules, SourceType } from './sources/source.js';
export { SOURCE_LIMITS } from './sources/source-limits.js';
export { WebClient } from './web/web-client.js';

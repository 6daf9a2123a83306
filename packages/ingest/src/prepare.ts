// Documents for services: bytes to text, text to chunks and what is embedded of them, in threads and child processes.
// Importing this loads no parser and no decoder into the process.
export { ChildEndedError } from './child/child-ended-error.js';
export type { Chunk, EmbedTexts } from './chunk/chunk.js';
export { type ChunkerDescription, describeChunkers } from './chunk/describe-chunkers.js';
export { type ChunkingPlan, type ChunkingStrategy, chunkingOptions } from './chunk/registry.js';
export type { ChunkPreview } from './chunk/review/preview.js';
export type { Recommendation } from './chunk/review/recommend.js';
export type { ChunkStats } from './chunk/review/stats.js';
export type { Entities, EntityKind } from './extract/entities/entities.js';
export type { Extracted } from './extract/extract.js';
export { OCR_LANGUAGES, type OcrLanguage } from './ocr/ocr-language.js';
export { PARSE_LIMITS } from './parse/parse-limits.js';
export type { TextPreview, ThreadText } from './prepare/chunking-messages.js';
export { ChunkingPool, type ChunkingPoolOptions } from './prepare/chunking-pool.js';
export { FileReader } from './prepare/file-reader.js';
export type { FileText } from './prepare/parse-messages.js';
export { plainText } from './prepare/plain-text.js';
export type { PreparedChunk } from './prepare/prepared-chunk.js';
export type { TokenCounter, TokenCounterSource } from './prepare/token-counter.js';

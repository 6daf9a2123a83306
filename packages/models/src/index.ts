export * from './catalogue.js';
export { mockVector } from './mock-vector.js';
export type { Embedding } from './runtime/embed-call.js';
export { EmbeddingRuntime, type EmbeddingRuntimeOptions, type RuntimeInfo } from './runtime/embedding-runtime.js';
export type { LaneCounters, LaneInfo, SessionInfo } from './runtime/lane.js';
export { ModelRefusedError } from './runtime/model-files.js';
export type { Encoding, PairEncoding, Tokenizer } from './tokenizer/encoding.js';
export { makeTokenizer } from './tokenizer/tokenizer.js';

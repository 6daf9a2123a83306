export * from './catalogue.js';
export { assertConforms, type ConformanceReport } from './conformance/conformance.js';
export { bothLocks } from './device/both-locks.js';
export { DeviceFileLock } from './device/device-file-lock.js';
export type { DeviceTurnsInfo, SharedDevice } from './device/device-turns.js';
export { findDevice } from './device/find-device.js';
export type { LeaseEvent } from './device/lease-event.js';
export { type Ensemble, type EnsembleSettings, makeEnsemble } from './ensemble/ensemble.js';
export {
  type EnsembleResult,
  type EnsembleRun,
  type LoadedModel,
  type ModelEmbeddings,
  runEnsemble,
} from './ensemble/run-ensemble.js';
export { type MixedVectors, mixVectors, NoDirectionError, weightedMean } from './ensemble/weighted-mean.js';
export { mockEmbedding } from './mock-embedding.js';
export { mockVector } from './mock-vector.js';
export { RemoteEmbedder } from './remote/remote-embedder.js';
export type { Embedding } from './runtime/embed-call.js';
export { EmbeddingRuntime, type EmbeddingRuntimeOptions, type EmbedMode, type RuntimeInfo } from './runtime/embedding-runtime.js';
export type { LaneCounters, LaneInfo, RunReport, SessionInfo } from './runtime/lane.js';
export { checkFiles, ModelRefusedError } from './runtime/model-files.js';
export { ModelPool, type ModelPoolOptions, type PooledModelInfo } from './runtime/model-pool.js';
export { PROVIDERS, type Provider } from './runtime/provider.js';
export { type RerankerInfo, RerankerRuntime } from './runtime/reranker-runtime.js';
export type { VisionInfo, VisionRuntime } from './runtime/vision-runtime.js';
export { KEYWORDS_MODULE } from './sparse/keywords.js';
export { ModelStore, type RefusedFolder } from './store/model-store.js';
export type { Encoding, PairEncoding, Tokenizer } from './tokenizer/encoding.js';
export { openTokenCounter, type TokenCounter, type TokenCounterSource, tokenCounterOf } from './tokenizer/token-counter.js';
export { makeTokenizer } from './tokenizer/tokenizer.js';

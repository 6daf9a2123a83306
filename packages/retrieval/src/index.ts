export { type Compared, compareIndex, type IndexTruth } from './compare-index.js';
export { assertConditions } from './conditions.js';
export type { Hit, PointFacts, PointPayload, PointToWrite } from './point.js';
export { QdrantRefusedError } from './qdrant-errors.js';
export { QdrantGateway, type ScrollRequest, type SearchRequest } from './qdrant-gateway.js';
export { DEFAULT_TIMEOUTS, type QdrantCall, type QdrantOptions, type QdrantTimeouts } from './qdrant-options.js';
export {
  type Estimate,
  estimateOf,
  meanOf,
  ndcgOf,
  overlapOf,
  precisionOf,
  type Relevance,
  recallOf,
  reciprocalRankOf,
  TOP,
} from './ranking-quality.js';
export { scoreOf } from './score.js';
export { collectionNameOf, DEFAULT_KNOBS, type SpaceDescription, type SpaceKnobs, type SpaceSpec, TERMS_VECTOR, type VectorStorage } from './space.js';
export { SpaceMismatchError, SpaceMissingError } from './space-errors.js';
export { MARKER_POINT_ID, SpaceMaintenance, type SpaceMarker, type StoredPointRef } from './space-maintenance.js';
export { firstRoundOf, searchVisible, type VisibleSearch, type VisibleSearchResult } from './visible-search.js';

import { createHash } from 'node:crypto';
import { CairnError, type CollectionSearchDto, type CollectionSearchMode, type Filter, type Fusion, parseFilter } from '@cairn/common';

/** A search has no hits beyond these. */
export const MOST_HITS = 10_000;
/** Hits, where a search does not say how many. */
export const DEFAULT_K = 10;
// What has proved itself where both rankings count the same, and where they do not.
const RRF_K = { auto: 10, rrf: 60, dbsf: 60 } as const satisfies Record<Fusion, number>;
const MODES = { dense: 'dense', semantic: 'dense', sparse: 'sparse', keyword: 'sparse', hybrid: 'hybrid' } as const satisfies Record<
  CollectionSearchMode,
  string
>;
const LANES = { dense: ['dense'], sparse: ['sparse'], hybrid: ['dense', 'sparse'] } as const satisfies Record<string, readonly Lane[]>;

/** What a ranking by meaning counts, and one by words. */
type Weights = Record<'dense' | 'sparse', number>;

/** `hyde` by the meaning of a hypothesis. */
export type Lane = 'dense' | 'sparse' | 'hyde';

/** What a search is, however it was written. */
export interface SearchPlan {
  /** All that the caller may read where it is left out. */
  collectionIds: readonly string[] | undefined;
  texts: readonly string[];
  exampleIds: readonly string[];
  mode: 'dense' | 'sparse' | 'hybrid';
  lanes: readonly Lane[];
  filter: Filter | undefined;
  k: number;
  fusion: Fusion;
  rrfK: number;
  /** What meaning and words count; undefined where the search finds it out, or both count the same. */
  weights: Weights | undefined;
  threshold: number;
  /** Of each document only its best chunk. */
  isGrouped: boolean;
  diversity: number;
  /** Besides the question, a hypothesis is looked for. */
  usesHyde: boolean;
  rerank: { model: string | undefined } | undefined;
  highlights: boolean;
  explains: boolean;
  includesParents: boolean;
  /** Places that are passed over, on a first page. */
  offset: number;
  cursor: string | undefined;
  /** Of everything that decides which hits there are and where they stand. */
  fingerprint: string;
}

export function planOf(dto: CollectionSearchDto): SearchPlan {
  const texts = [...(dto.query === undefined ? [] : [dto.query]), ...(dto.queries ?? [])];
  const exampleIds = dto.example_ids ?? [];
  if (texts.length + exampleIds.length === 0)
    throw new CairnError('invalid_input', 'query is missing: say what to look for.', { errors: [{ path: 'query', message: 'is missing' }] });
  const mode = MODES[dto.search_mode ?? 'hybrid'];
  const weights = weightsOf(dto);
  const fusion = dto.fusion ?? (weights === undefined ? 'auto' : 'rrf');
  const plan = {
    collectionIds: dto.collection_uuids ?? dto.collection_ids,
    texts,
    exampleIds,
    mode,
    lanes: LANES[mode],
    filter: filterOf(dto),
    k: dto.k ?? DEFAULT_K,
    fusion,
    rrfK: dto.rrf_k ?? RRF_K[fusion],
    weights,
    threshold: dto.score_threshold ?? Number.NEGATIVE_INFINITY,
    isGrouped: dto.group_by === 'document',
    diversity: dto.diversity ?? 0,
    usesHyde: dto.use_hyde ?? false,
    rerank: dto.use_reranker ? { model: dto.rerank_model } : undefined,
    highlights: dto.highlight ?? false,
    explains: dto.explain ?? false,
    includesParents: dto.include_parent ?? false,
    offset: offsetOf(dto),
    cursor: dto.cursor,
  };
  return { ...plan, fingerprint: fingerprintOf(plan) };
}

function offsetOf({ offset = 0, k = DEFAULT_K, cursor }: CollectionSearchDto): number {
  if (cursor !== undefined && offset > 0) throw invalid('offset', 'is not for a search with a cursor, which says itself where it goes on');
  if (offset + k > MOST_HITS) throw invalid('offset', `and k lead to hit ${offset + k}, and a search has ${MOST_HITS} at most: narrow it by filters`);
  return offset;
}

function weightsOf({ weights, fusion, search_mode: mode = 'hybrid' }: CollectionSearchDto): Weights | undefined {
  if (weights === undefined) return undefined;
  if (weights.dense + weights.sparse === 0) throw invalid('weights', 'are both 0, so no hit would be better than another');
  if (fusion === 'auto') throw invalid('weights', 'are for fusion rrf or dbsf: auto finds its own');
  if (mode !== 'hybrid') throw invalid('weights', `are for search_mode hybrid: in ${mode} there is nothing to weigh`);
  return { dense: weights.dense, sparse: weights.sparse };
}

function invalid(path: string, message: string): CairnError {
  return new CairnError('invalid_input', `${path} ${message}.`, { errors: [{ path, message }] });
}

/** What callers ask for by both names must hold. */
function filterOf({ filters, metadata_filter: metadataFilter }: CollectionSearchDto): Filter | undefined {
  const parts = Object.entries({ filters, metadata_filter: metadataFilter }).flatMap(([path, value]) =>
    value === undefined ? [] : [parseFilter(value, path)],
  );
  const asking = parts.filter((part) => part.kind !== 'all' || part.of.length > 0);
  return asking.length > 1 ? { kind: 'all', of: asking } : asking[0];
}

/** Of what the search is, not of how it was written. */
function fingerprintOf({
  offset: _offset,
  cursor: _cursor,
  highlights: _highlights,
  explains: _explains,
  includesParents: _parents,
  collectionIds,
  filter,
  ...search
}: Omit<SearchPlan, 'fingerprint'>): string {
  const decides = { ...search, collectionIds: collectionIds && [...new Set(collectionIds)].sort(), filter: filter && inOrder(filter) };
  return createHash('sha256').update(JSON.stringify(decides)).digest('base64url');
}

/** The same for filters that only differ in which condition stands first. */
function inOrder(filter: Filter): Filter {
  if (filter.kind === 'test') return filter;
  if (filter.kind === 'not') return { kind: 'not', of: inOrder(filter.of) };
  const byText = (one: Filter, other: Filter) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
  return { kind: filter.kind, of: filter.of.map(inOrder).sort(byText) };
}

import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { CairnError } from '../errors/catalogue.js';
import { LOOSE_UUID } from '../ids.js';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

const QUERY_BYTES = 100_000;
const MAX_COLLECTIONS = 200;

const COLLECTION_SEARCH_MODES = ['dense', 'semantic', 'sparse', 'keyword', 'hybrid'] as const;
export type CollectionSearchMode = (typeof COLLECTION_SEARCH_MODES)[number];

/** A search over documents of collections. The search service answers it; the api describes it and passes it on. */
export class CollectionSearchDto {
  @Doc('What to look for, in words.', 'machine learning algorithms')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query!: string;

  @Doc('Collections to look in; all that you may read when left out.')
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_COLLECTIONS)
  @Matches(LOOSE_UUID, { each: true })
  collection_uuids?: string[];

  @Doc('The same as `collection_uuids`.')
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_COLLECTIONS)
  @Matches(LOOSE_UUID, { each: true })
  collection_ids?: string[];

  @Doc('Hits at most; 10 when left out.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  k?: number;

  @Doc('`dense` (or `semantic`) finds by meaning, `sparse` (or `keyword`) by words, `hybrid` by both. `hybrid` when left out.')
  @IsOptional()
  @IsIn(COLLECTION_SEARCH_MODES)
  search_mode?: CollectionSearchMode;

  @Doc('How much the first ranks count when rankings are joined: the smaller, the more.', 60)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  rrf_k?: number;

  @Doc('Only hits of at least this score.')
  @IsOptional()
  @IsNumber()
  score_threshold?: number;

  @Doc('Only documents whose metadata and fields are so.')
  @IsOptional()
  @IsObject()
  filters?: Record<string, unknown>;

  @Doc('The same as `filters`.')
  @IsOptional()
  @IsObject()
  metadata_filter?: Record<string, unknown>;

  @Doc('Order the best hits again by a model that reads question and text together.')
  @IsOptional()
  @IsBoolean()
  use_reranker?: boolean;
}

/** A search in one collection. */
export class SingleSearchDto extends CollectionSearchDto {
  @Doc('The collection.')
  @IsOptional()
  @IsString()
  @Matches(LOOSE_UUID)
  collection_id?: string;

  @Doc('The same as `collection_id`.')
  @IsOptional()
  @IsString()
  @Matches(LOOSE_UUID)
  collection_uuid?: string;
}

/** The same search, with its collection where other searches have theirs. */
export function singleSearch({ collection_id, collection_uuid, ...search }: SingleSearchDto): CollectionSearchDto {
  const id = collection_id ?? collection_uuid;
  if (id === undefined)
    throw new CairnError('invalid_input', 'collection_id is missing: say where to look.', { errors: [{ path: 'collection_id', message: 'is missing' }] });
  return { ...search, collection_uuids: [id] };
}

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

const HIT = {
  document_id: TEXT,
  external_id: TEXT,
  chunk_id: TEXT,
  chunk_index: { type: 'integer' },
  score: { type: 'number', description: 'Higher is better; from 0 to 1 where rankings were joined.' },
  original_score: { type: 'number', description: 'Before reranking.' },
  reranked_score: { type: ['number', 'null'] },
  text: TEXT,
  start: { type: 'integer' },
  end: { type: 'integer' },
  page: { type: ['integer', 'null'] },
  heading_path: { type: ['array', 'null'], items: TEXT },
  time_start: { type: ['number', 'null'] },
  time_end: { type: ['number', 'null'] },
  title: TEXT_OR_NULL,
  metadata: { type: 'object' },
  file_name: TEXT,
  file_path: TEXT_OR_NULL,
  collection_id: TEXT,
  collection_name: TEXT,
  embedding_model: TEXT,
};

const ANSWER = {
  type: 'object',
  properties: {
    query: TEXT,
    results: { type: 'array', items: { type: 'object', properties: HIT, required: ['document_id', 'chunk_id', 'score', 'text'] } },
    total_results: { type: 'integer' },
    collections_searched: { type: 'array', items: { type: 'object', properties: { id: TEXT, name: TEXT, embedding_model: TEXT } } },
    search_mode_used: { enum: ['dense', 'sparse', 'hybrid'] },
    warnings: { type: 'array', items: TEXT },
    reranking_used: { type: 'boolean' },
    partial_failure: { type: 'boolean' },
    failed_collections: { type: 'array', items: { type: 'object', properties: { collection_id: TEXT, error_message: TEXT } } },
    search_time_ms: NUMBER,
    total_time_ms: NUMBER,
    timings_ms: { type: 'object', additionalProperties: NUMBER },
  },
  required: ['query', 'results', 'total_results', 'search_mode_used', 'warnings', 'reranking_used', 'partial_failure', 'failed_collections'],
};

const SAID = {
  permission: { scope: 'read', perCollection: true },
  answers: { 200: ANSWER },
  errors: ['unknown_model', 'model_not_installed'],
  tag: 'Search',
} as const;

export const COLLECTION_SEARCH: EndpointOptions = {
  ...SAID,
  summary: 'Find passages in documents, by meaning and by words.',
  description: 'Only what is live is found: never a deleted, replaced or half-written document, nor one of a collection that you may not read.',
};

export const SINGLE_SEARCH: EndpointOptions = { ...SAID, summary: 'Find passages in the documents of one collection.' };

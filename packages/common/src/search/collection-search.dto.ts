import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
} from 'class-validator';
import { CollectionName } from '../collections/collection-name.decorator.js';
import { CairnError } from '../errors/catalogue.js';
import { LOOSE_UUID } from '../ids.js';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { ListOfAtMost } from '../shell/validation/limit-rules.js';
import { Items, Nested } from '../shell/validation/nested.decorator.js';
import { NotBlank, Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

const QUERY_BYTES = 100_000;
const MODEL_BYTES = 512;
// One holds a few bytes for each word of its search, and the passage that was made up for it.
const CURSOR_BYTES = 3_000_000;
const MAX_COLLECTIONS = 200;
const MAX_QUERIES = 10;
const MAX_EXAMPLES = 10;
const MAX_SEARCHES = 50;

const COLLECTION_SEARCH_MODES = ['dense', 'semantic', 'sparse', 'keyword', 'hybrid'] as const;
export type CollectionSearchMode = (typeof COLLECTION_SEARCH_MODES)[number];

const FUSIONS = ['auto', 'rrf', 'dbsf'] as const;
export type Fusion = (typeof FUSIONS)[number];

const GROUPS = ['none', 'document'] as const;

class WeightsDto {
  @Doc('Of the ranking by meaning.', 0.7)
  @IsNumber()
  @Min(0)
  @Max(1)
  dense!: number;

  @Doc('Of the ranking by words.', 0.3)
  @IsNumber()
  @Min(0)
  @Max(1)
  sparse!: number;
}

/** Where to look. */
export class SearchedCollectionsDto {
  @Doc('Collections to look in, by id, alias or name; all that you may read when left out.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_COLLECTIONS)
  @CollectionName({ each: true })
  collection_uuids?: string[];

  @Doc('The same as `collection_uuids`.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_COLLECTIONS)
  @CollectionName({ each: true })
  collection_ids?: string[];
}

/** A search over documents of collections. The search service answers it; the api describes it and passes it on. */
export class CollectionSearchDto extends SearchedCollectionsDto {
  @Doc('What to look for, in words. Left out only where `queries` or `example_ids` say it.', 'machine learning algorithms')
  @IsOptional()
  @IsString()
  @NotBlank()
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query?: string;

  @Doc('More to look for: what any of them finds is ranked together.')
  @IsOptional()
  @IsArray()
  @ListOfAtMost(MAX_QUERIES)
  @IsString({ each: true })
  @NotBlank({ each: true })
  @Utf8Bytes(QUERY_BYTES, { each: true })
  @WellFormedText({ each: true })
  queries?: string[];

  @Doc('Chunks that others are to be like, by the `chunk_id` of hits; they are not found themselves.')
  @IsOptional()
  @IsArray()
  @ListOfAtMost(MAX_EXAMPLES)
  @Matches(LOOSE_UUID, { each: true, message: '$property must be the chunk_id of a hit' })
  example_ids?: string[];

  @Doc('Hits at most; 10 when left out.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  k?: number;

  @Doc('Hits that are passed over: with `k` up to 10,000, and not together with `cursor`.', 40)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  offset?: number;

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

  @Doc(
    'How the rankings by meaning and by words are joined: `auto` gives the ranking by words less say where the model knows what is written; `rrf` gives both the same; `dbsf` adds their scores, each made comparable by its own mean and spread.',
  )
  @IsOptional()
  @IsIn(FUSIONS)
  fusion?: Fusion;

  @Doc(
    'What rankings by meaning count (also that of `use_hyde`) and what those by words, with `fusion` `rrf` (when left out) or `dbsf`; only their ratio matters. Both the same when left out.',
  )
  @IsOptional()
  @Nested(WeightsDto)
  weights?: WeightsDto;

  @Doc('Only hits of at least this score, before they are ordered anew by `use_reranker` or `diversity`.')
  @IsOptional()
  @IsNumber()
  score_threshold?: number;

  @Doc('Only documents whose metadata and fields are so: an object of the filter language.', { lang: 'de' })
  @IsOptional()
  @IsDefined()
  filters?: unknown;

  @Doc('The same as `filters`.')
  @IsOptional()
  @IsDefined()
  metadata_filter?: unknown;

  @Doc('Order the best hits again by a model that reads question and text together.')
  @IsOptional()
  @IsBoolean()
  use_reranker?: boolean;

  @Doc('The model for `use_reranker`; a reranker that is installed, or else the built-in model, when left out.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(MODEL_BYTES)
  @WellFormedText()
  rerank_model?: string;

  @Doc(
    'Have a language model make up a passage that would answer the question, and find what is like that, too. Where there is none, or it fails, the search is made without, and `warnings` says `hyde_unavailable`.',
  )
  @IsOptional()
  @IsBoolean()
  use_hyde?: boolean;

  @Doc('How much the hits should differ from each other: 0 not at all, 1 above all.', 0.3)
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  diversity?: number;

  @Doc('`document`: of each document only its best chunk.')
  @IsOptional()
  @IsIn(GROUPS)
  group_by?: (typeof GROUPS)[number];

  @Doc('Mark the words of the question in each hit.')
  @IsOptional()
  @IsBoolean()
  highlight?: boolean;

  @Doc('Give with each hit the larger part of the text that it belongs to, so that it can be read in its context.')
  @IsOptional()
  @IsBoolean()
  include_parent?: boolean;

  @Doc('Say of each hit how it came to its place.')
  @IsOptional()
  @IsBoolean()
  explain?: boolean;

  @Doc('The `next_cursor` of an answer, with the same search: what comes after.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(CURSOR_BYTES)
  @WellFormedText()
  cursor?: string;
}

/** Several searches in one request. */
export class BatchSearchDto {
  @Doc('The searches; each answers as if it had been sent alone.')
  @Items(CollectionSearchDto, MAX_SEARCHES)
  searches!: CollectionSearchDto[];
}

/** A search, and a document that was expected in its answer. */
export class WhySearchDto extends CollectionSearchDto {
  @Doc('The `external_id` or the id of the document.', 'handbook-7')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(512)
  @WellFormedText()
  external_id!: string;
}

/** A search in one collection. */
export class SingleSearchDto extends CollectionSearchDto {
  @Doc('The collection, by id, alias or name.')
  @IsOptional()
  @CollectionName()
  collection_id?: string;

  @Doc('The same as `collection_id`.')
  @IsOptional()
  @CollectionName()
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
  score: {
    type: 'number',
    description:
      'Higher is better; from 0 to 1 where rankings were joined. It never rises from hit to hit, except with `diversity`, where hits stand in another order.',
  },
  original_score: { type: 'number', description: 'Before reranking.' },
  highlights: {
    type: 'array',
    description: 'With `highlight`: words of the question, in UTF-16 units of `text`.',
    items: { type: 'object', properties: { start: { type: 'integer' }, end: { type: 'integer' }, text: TEXT } },
  },
  explain: {
    type: 'object',
    description:
      'With `explain`: rank (from 1) and score in each lane and what that gave, then what reranking and diversity changed. The shares add up to `score`; of a hit that was reranked, to `original_score`.',
    properties: {
      lanes: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { rank: { type: 'integer' }, score: NUMBER, weight: NUMBER, share: NUMBER } },
      },
      fusion: TEXT,
      fused_rank: { type: 'integer' },
      fused_score: { type: 'number', description: 'As `original_score`.' },
      reranked_score: { type: ['number', 'null'] },
      diversity: { type: 'number', description: 'As it was asked for.' },
      filtered: { type: 'boolean', description: 'Whether a filter was asked for, which it passed.' },
      rank: { type: 'integer' },
    },
  },
  parent: {
    type: ['object', 'null'],
    description:
      'With `include_parent`: what stands around the chunk, in the same version of its document; of its parent up to 8,000 UTF-16 units before and after it. Null where an answer would be too large, see `warnings`.',
    properties: {
      kind: { enum: ['parent', 'neighbours'], description: '`neighbours`, the chunks before and after, where the chunker makes no parents.' },
      text: { type: 'string', description: 'Between chunks, white space has its length but not its kind.' },
      start: { type: 'integer' },
      end: { type: 'integer' },
      truncated: { type: 'boolean', description: 'There is more of it.' },
    },
    required: ['kind', 'text', 'start', 'end', 'truncated'],
  },
  reranked_score: { type: ['number', 'null'] },
  text: TEXT,
  start: { type: 'integer' },
  end: { type: 'integer' },
  page: {
    type: ['integer', 'null'],
    description: 'Where most words of the question stand in it, if it goes on over several pages; where none do, the one that most of it is on.',
  },
  page_end: { type: ['integer', 'null'], description: 'The last page of a hit that goes on behind `page`.' },
  heading_path: { type: ['array', 'null'], items: TEXT },
  time_start: { type: ['number', 'null'] },
  time_end: { type: ['number', 'null'] },
  chunk_metadata: { type: ['object', 'null'], description: 'What came with the chunk where it was cut by somebody else.' },
  title: TEXT_OR_NULL,
  metadata: { type: 'object' },
  file_name: TEXT,
  file_path: TEXT_OR_NULL,
  collection_id: TEXT,
  collection_name: TEXT,
  embedding_model: TEXT,
};

const FAILED_COLLECTION = {
  type: 'object',
  properties: {
    collection_id: TEXT,
    collection_name: TEXT,
    error: { type: 'string', description: 'What happened, and what to do.' },
    error_message: { type: 'string', description: 'The same as `error`.' },
    code: { type: 'string', description: 'As in errors; `unavailable` where the same search may find it in a moment.' },
  },
  required: ['collection_id', 'collection_name', 'error', 'error_message', 'code'],
};

const HYDE_INFO = {
  type: ['object', 'null'],
  description: 'With `use_hyde`: what the language model made up; null where the search was made without, see `warnings`.',
  properties: {
    text: { type: 'string', description: 'Nothing in it need be true: it is only what documents were compared with.' },
    model: { type: 'string', description: 'Its name at the provider.' },
    ms: { type: 'number', description: 'How long it took to write this; on further pages, for the first one.' },
  },
  required: ['text', 'model', 'ms'],
};

const ANSWER = {
  type: 'object',
  properties: {
    query: TEXT_OR_NULL,
    results: { type: 'array', items: { type: 'object', properties: HIT, required: ['document_id', 'chunk_id', 'score', 'text'] } },
    total_results: { type: 'integer' },
    next_cursor: {
      type: ['string', 'null'],
      description: 'Sent as `cursor` with the same search it gets what comes after; null when there is no more, or collections failed.',
    },
    collections_searched: { type: 'array', items: { type: 'object', properties: { id: TEXT, name: TEXT, embedding_model: TEXT } } },
    search_mode_used: { enum: ['dense', 'sparse', 'hybrid'] },
    warnings: { type: 'array', items: TEXT },
    hyde_info: HYDE_INFO,
    reranking_used: { type: 'boolean' },
    partial_failure: { type: 'boolean', description: 'Some collections could not be searched; the hits are those of the others.' },
    failed_collections: { type: 'array', items: FAILED_COLLECTION },
    search_time_ms: NUMBER,
    total_time_ms: NUMBER,
    timings_ms: { type: 'object', additionalProperties: NUMBER },
  },
  required: ['query', 'results', 'total_results', 'search_mode_used', 'warnings', 'reranking_used', 'partial_failure', 'failed_collections'],
};

const SAID = {
  permission: { scope: 'read', perCollection: true },
  rate: 'searches',
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

const BATCH_ITEM = {
  ...ANSWER,
  properties: {
    ...ANSWER.properties,
    error: {
      type: 'object',
      description: 'Only where the search could not be answered right now, while others could: what a single search would have been refused with.',
      properties: { code: TEXT, status: { type: 'integer' }, detail: TEXT },
      required: ['code', 'status', 'detail'],
    },
  },
};

export const BATCH_SEARCH: EndpointOptions = {
  ...SAID,
  answers: { 200: { type: 'object', properties: { results: { type: 'array', items: BATCH_ITEM } }, required: ['results'] } },
  summary: 'Several searches at once.',
  description:
    'The answers stand in the order of the searches. One that is refused refuses the request. All of them have 30 seconds together: in the last 10 they are made without reranking and `use_hyde`, and `warnings` says so; one that is not answered has `error`.',
};

const WHY_STAGES = ['absent', 'not_indexed', 'filter', 'not_ranked', 'threshold', 'rank', 'found'] as const;
export type WhyStage = (typeof WHY_STAGES)[number];

export const WHY_SEARCH: EndpointOptions = {
  ...SAID,
  answers: {
    200: {
      type: 'object',
      properties: { stage: { enum: WHY_STAGES }, reason: TEXT, rank: { type: ['integer', 'null'] }, document_id: TEXT_OR_NULL },
      required: ['stage', 'reason'],
    },
  },
  summary: 'Why a document is not among the hits of a search.',
};

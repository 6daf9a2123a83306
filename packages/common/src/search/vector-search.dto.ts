import { IsIn, IsInt, IsObject, IsOptional, IsString, Min, MinLength } from 'class-validator';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { AtMost } from '../shell/validation/limit-rules.js';
import { limits } from '../shell/validation/limits.js';
import { NotBlank, Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

const QUERY_BYTES = 100_000;

const SEARCH_MODES = ['dense', 'semantic', 'sparse', 'keyword'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/** A search over the caller's vectors. The search service answers it; the api describes it and passes it on. */
export class VectorSearchDto {
  @Doc('What to look for, in words.', 'where did the cat sleep?')
  @IsOptional()
  @IsString()
  @NotBlank()
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query?: string;

  @Doc('The same as `query`.')
  @IsOptional()
  @IsString()
  @NotBlank()
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query_text?: string;

  @Doc('Hits at most; 10 when left out.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @AtMost(() => limits().search)
  limit?: number;

  @Doc('`dense` (or `semantic`) finds by meaning, `sparse` (or `keyword`) by the words of the text, codes and names among them. `dense` when left out.')
  @IsOptional()
  @IsIn(SEARCH_MODES)
  search_mode?: SearchMode;

  @Doc('Only vectors whose fields have these values: asset_id, segment_id, model, model_ver. A list means any of them.', { asset_id: 'doc-123' })
  @IsOptional()
  @IsObject()
  filter?: Record<string, unknown>;

  @Doc('Only this asset.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  asset_id?: string;

  @Doc('Only this segment.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  segment_id?: string;

  @Doc('The model whose vectors to search, by its id or an alias; the built-in one when left out.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(200)
  @WellFormedText()
  model?: string;
}

const ANSWER = {
  type: 'object',
  properties: {
    results: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          point_id: { type: 'string' },
          score: { type: 'number', description: 'Higher is better: the cosine of a dense search (-1 to 1), the BM25 score of a sparse one (above 0).' },
          payload: { type: 'object' },
        },
        required: ['point_id', 'score', 'payload'],
      },
    },
    search_mode: { enum: ['dense', 'sparse'] },
    query_model: { type: 'string' },
    query_model_ver: { type: 'string' },
    total: { type: 'integer', description: 'Hits in this answer.' },
    timings_ms: { type: 'object', description: 'Milliseconds of each stage.', additionalProperties: { type: 'number' } },
  },
  required: ['results', 'search_mode', 'query_model', 'query_model_ver', 'total'],
};

/** What the answer of `POST /vectors/search` looks like. */
export interface VectorSearchAnswer {
  results: { point_id: string; score: number; payload: Record<string, string> }[];
  search_mode: 'dense' | 'sparse';
  query_model: string;
  query_model_ver: string;
  total: number;
  timings_ms: Record<string, number>;
}

/** What is to be said of `POST /vectors/search`, by the api and by the search service. */
export const VECTOR_SEARCH: EndpointOptions = {
  summary: 'Find vectors by meaning or by words.',
  description: 'Give `query` or `query_text`. Only live vectors of your organisation are found.',
  permission: { scope: 'read' },
  rate: 'searches',
  answers: { 200: ANSWER },
  errors: ['unknown_model', 'model_not_installed'],
  tag: 'Vectors',
};

import { ArrayMinSize, IsArray, IsBoolean, IsInt, IsOptional, IsString, Min, MinLength } from 'class-validator';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { ListOfAtMost } from '../shell/validation/limit-rules.js';
import { Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

const MOST_TEXTS = 200;
const TEXT_BYTES = 20_000;
const QUERY_BYTES = 20_000;
const MODEL_BYTES = 200;

/** A request to order texts by how well they answer a query, in the form that reranking services share. */
export class RerankDto {
  @Doc('What to look for, in words.', 'where did the cat sleep?')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query!: string;

  @Doc('The texts to order. Late interaction reads the first 128 tokens of each, a reranker what fits beside the query.')
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(MOST_TEXTS)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @Utf8Bytes(TEXT_BYTES, { each: true })
  @WellFormedText({ each: true })
  documents!: string[];

  @Doc('A reranker, or a model whose token vectors are compared (late interaction), by its id or an alias; the built-in one of the second kind when left out.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(MODEL_BYTES)
  @WellFormedText()
  model?: string;

  @Doc('Only so many of the best; all when left out.')
  @IsOptional()
  @IsInt()
  @Min(1)
  top_n?: number;

  @Doc('Repeat the texts in the answer.')
  @IsOptional()
  @IsBoolean()
  return_documents?: boolean;
}

const RESULT = {
  type: 'object',
  properties: {
    index: { type: 'integer', description: 'The place of the text in the request.' },
    relevance_score: {
      type: 'number',
      description:
        'Higher is better. Of a reranker from 0 to 1: the sigmoid of what it says of query and text. By late interaction from -1 to 1. To order texts for one query, not to compare queries or models.',
    },
    document: { type: 'object', properties: { text: { type: 'string' } } },
  },
  required: ['index', 'relevance_score'],
};

const WARNINGS = {
  type: 'array',
  description:
    'What was done otherwise than asked; left out when nothing was. `reranker_failed`: the reranker did not answer, so another model made the order.',
  items: { type: 'object', properties: { code: { enum: ['reranker_failed'] }, message: { type: 'string' } }, required: ['code', 'message'] },
};

const ANSWER = {
  type: 'object',
  properties: {
    object: { const: 'list' },
    model: { type: 'string', description: 'The model that made this order.' },
    results: { type: 'array', description: 'The best first.', items: RESULT },
    warnings: WARNINGS,
  },
  required: ['object', 'model', 'results'],
};

/** What the answer of `POST /v1/rerank` looks like. */
export interface RerankAnswer {
  object: 'list';
  model: string;
  results: { index: number; relevance_score: number; document?: { text: string } }[];
  warnings?: { code: 'reranker_failed'; message: string }[];
}

/** What is to be said of `POST /v1/rerank`, by the api and by the search service. */
export const RERANK: EndpointOptions = {
  summary: 'Order texts by how well they answer a query.',
  description:
    'By late interaction every word of the query looks for its own place in each text: slower and finer than comparing vectors. A reranker reads the query together with each text: slower and finer still. ' +
    'When the reranker does not answer, the built-in model orders the texts, and `warnings` says so. Nothing is stored.',
  permission: { scope: 'read' },
  rate: 'searches',
  answers: { 200: ANSWER },
  errors: ['unknown_model', 'model_not_installed'],
  unknownFields: 'ignore',
  tag: 'OpenAI',
};

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

  @Doc('The texts to order. The first 128 tokens of each are read.')
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(MOST_TEXTS)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @Utf8Bytes(TEXT_BYTES, { each: true })
  @WellFormedText({ each: true })
  documents!: string[];

  @Doc('The model whose token vectors are compared, by its id or an alias; the built-in one when left out.')
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
    relevance_score: { type: 'number', description: 'From -1 to 1; higher is better. To order texts for one query, not to compare queries.' },
    document: { type: 'object', properties: { text: { type: 'string' } } },
  },
  required: ['index', 'relevance_score'],
};

const ANSWER = {
  type: 'object',
  properties: { object: { const: 'list' }, model: { type: 'string' }, results: { type: 'array', description: 'The best first.', items: RESULT } },
  required: ['object', 'model', 'results'],
};

/** What is to be said of `POST /v1/rerank`, by the api and by the search service. */
export const RERANK: EndpointOptions = {
  summary: 'Order texts by how well they answer a query.',
  description: 'Late interaction: every word of the query looks for its own place in each text. Slower and finer than comparing vectors. Nothing is stored.',
  permission: { scope: 'read' },
  answers: { 200: ANSWER },
  errors: ['unknown_model', 'model_not_installed'],
  unknownFields: 'ignore',
  tag: 'OpenAI',
};

import { IsIn, IsInt, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { TextOrTexts, Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

const MOST_TEXTS = 2_048;
const TEXT_BYTES = 100_000;
const MODEL_BYTES = 200;
const MOST_DIMENSIONS = 65_535;

/** A request for vectors in OpenAI's form. The search service answers it; the api describes it and passes it on. */
export class EmbeddingsDto {
  @Doc('A text, or a list of texts. Token ids are refused: they are those of another tokenizer.', 'where did the cat sleep?')
  @TextOrTexts({ items: MOST_TEXTS, bytes: TEXT_BYTES })
  input!: string | string[];

  @Doc('The model, by its id or an alias; the built-in one when left out.', 'all-MiniLM-L6-v2')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(MODEL_BYTES)
  @WellFormedText()
  model?: string;

  @Doc('`float` for lists of numbers, `base64` for little-endian 32-bit floats.')
  @IsOptional()
  @IsIn(['float', 'base64'])
  encoding_format?: 'float' | 'base64';

  @Doc('Shorter vectors, where the model was trained for them: the first numbers, normalised again.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_DIMENSIONS)
  dimensions?: number;

  @Doc('Whether the texts are to be found (`document`, when left out) or to find by (`query`); some models read the two differently.')
  @IsOptional()
  @IsIn(['document', 'query'])
  input_type?: 'document' | 'query';

  @Doc('Accepted and not used.')
  @IsOptional()
  @IsString()
  user?: string;
}

const EMBEDDING = {
  type: 'object',
  properties: {
    object: { const: 'embedding' },
    index: { type: 'integer' },
    embedding: { description: 'Numbers, or base64 when asked for.', anyOf: [{ type: 'array', items: { type: 'number' } }, { type: 'string' }] },
  },
  required: ['object', 'index', 'embedding'],
};

const TRUNCATED = {
  type: 'array',
  description: 'Texts that are longer than the model reads: their vectors are made of their beginnings. Left out when there are none.',
  items: { type: 'object', properties: { index: { type: 'integer' }, tokens: { type: 'integer' }, read_tokens: { type: 'integer' } } },
};

const ANSWER = {
  type: 'object',
  properties: {
    object: { const: 'list' },
    model: { type: 'string' },
    data: { type: 'array', items: EMBEDDING },
    usage: {
      type: 'object',
      description: 'Tokens that the model read.',
      properties: { prompt_tokens: { type: 'integer' }, total_tokens: { type: 'integer' } },
      required: ['prompt_tokens', 'total_tokens'],
    },
    truncated: TRUNCATED,
  },
  required: ['object', 'model', 'data', 'usage'],
};

/** What is to be said of `POST /v1/embeddings`, by the api and by the search service. */
export const EMBEDDINGS: EndpointOptions = {
  summary: 'Turn texts into vectors, in OpenAI’s form.',
  description:
    'Clients made for OpenAI work unchanged, with an API key of yours. Nothing is stored. What is longer than the model reads is cut, and said in `truncated`.',
  permission: { scope: 'read' },
  rate: 'searches',
  answers: { 200: ANSWER },
  errors: ['unknown_model', 'model_not_installed'],
  unknownFields: 'ignore',
  tag: 'OpenAI',
};

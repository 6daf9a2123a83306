import { IsArray, IsBoolean, IsDefined, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { ERRORS, type ErrorCode } from '../errors/catalogue.js';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { ListOfAtMost } from '../shell/validation/limit-rules.js';
import { Nested } from '../shell/validation/nested.decorator.js';

const MOST_ROWS = 10_000;

const MOST_COLLECTIONS = 1_000;

/** Collections that are to fail, so that a client can test how it takes that. */
export class SimulateDto {
  @Doc('Names of collections whose requests fail.')
  @IsOptional()
  @IsArray()
  @ListOfAtMost(MOST_COLLECTIONS)
  @IsString({ each: true })
  fail?: string[];

  @Doc('Names of collections that never answer.')
  @IsOptional()
  @IsArray()
  @ListOfAtMost(MOST_COLLECTIONS)
  @IsString({ each: true })
  hang?: string[];
}

/** One statement over collections, and how it is to be answered. */
export class SqlDto {
  @Doc('One read-only statement.', 'SELECT external_id, metadata.year FROM notes WHERE metadata.year >= $1 LIMIT 10')
  @IsString()
  query!: string;

  @Doc('The values of $1, $2, … as a list, or those of :name as an object.', [2024])
  @IsOptional()
  @IsDefined()
  params?: unknown;

  @Doc('Refuse a statement that would ask all of a family, because it has no condition on what the family is routed by.')
  @IsOptional()
  @IsBoolean()
  strict?: boolean;

  @Doc('The opposite of `strict`.')
  @IsOptional()
  @IsBoolean()
  fallback_to_all?: boolean;

  @Doc('Rows that each collection is asked for, at least. It never changes which rows are answered.')
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_ROWS)
  n_results_per_collection?: number;

  @Doc('How rows of several collections are brought into one order: `distance`, or `rrf`, by their ranks.')
  @IsOptional()
  @IsString()
  merge_strategy?: string;

  @Doc('For tests of clients, where SQL_SIMULATE_FAULTS is on.')
  @IsOptional()
  @Nested(SimulateDto)
  simulate?: SimulateDto;
}

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };
const LIST_OF_TEXTS = { type: 'array', items: TEXT };
const COLUMN_TYPES = ['text', 'number', 'bool', 'time', 'json', 'vector'];

const FAILED = {
  type: 'object',
  properties: { collection: TEXT, code: TEXT, detail: TEXT, retriable: { type: 'boolean' } },
  required: ['collection', 'code', 'detail', 'retriable'],
};

const WARNING = { type: 'object', properties: { code: TEXT, message: TEXT, suggestion: TEXT }, required: ['code', 'message'] };

const STATS = {
  type: 'object',
  properties: {
    embedded_texts: { type: 'integer', description: 'Pairs of a model and a text, also where the vector was known.' },
    backend_calls: { type: 'integer', description: 'Requests to Qdrant, and statements that find rows in Postgres.' },
    collections_pruned: { type: 'integer' },
    candidates: { type: 'integer' },
    refills: { type: 'integer' },
    ms: { type: 'object', additionalProperties: NUMBER },
  },
  required: ['embedded_texts', 'backend_calls', 'collections_pruned', 'ms'],
};

const ANSWER = {
  type: 'object',
  properties: {
    columns: {
      type: 'array',
      items: { type: 'object', properties: { name: TEXT, type: { enum: COLUMN_TYPES } }, required: ['name', 'type'] },
    },
    rows: { type: 'array', items: { type: 'object' }, description: 'By the names of the columns, in their order.' },
    mode: { enum: ['vector', 'hybrid', 'filter', 'aggregate', 'describe'] },
    collections_queried: { ...LIST_OF_TEXTS, description: 'Those that were asked, after routing; none where it was known before that nothing would be found.' },
    failed_collections: { type: 'array', items: FAILED },
    partial: { type: 'boolean', description: 'Some collections could not be asked; the rows are those of the others.' },
    truncated: { type: 'boolean', description: 'The statement has no LIMIT, and there are more rows than are answered without one.' },
    next_cursor: { type: ['string', 'null'], description: 'With AFTER and the same statement it gets what comes next; null at the end.' },
    warnings: { type: 'array', items: WARNING },
    stats: STATS,
    plan: { type: 'object', description: 'With EXPLAIN: what would be done, or with EXPLAIN ANALYZE what was.' },
  },
  required: ['columns', 'rows', 'mode', 'collections_queried', 'failed_collections', 'partial', 'truncated', 'next_cursor', 'warnings', 'stats'],
};

const MISTAKES = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code.startsWith('E_'));

export const SQL: EndpointOptions = {
  summary: 'Answer one read-only statement over collections.',
  description:
    'Filters by metadata and text, ranks by meaning, counts and groups. Rows are those that one collection with everything in it would give. A mistake is shown with its place in the statement.',
  permission: { scope: 'read', perCollection: true },
  rate: 'searches',
  unknownFields: 'refuse',
  answers: { 200: ANSWER },
  forms: ['csv', 'ndjson'],
  answerHeaders: { 'Cairn-Partial': 'With CSV: whether collections are missing.', 'Cairn-Next-Cursor': 'With CSV: as `next_cursor`, where there is more.' },
  errors: ['bad_request', 'unknown_model', 'model_not_installed', ...MISTAKES],
  tag: 'Search',
};

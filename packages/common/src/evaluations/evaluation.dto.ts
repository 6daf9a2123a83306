import { ArrayMinSize, IsArray, IsOptional, IsString, Matches, MinLength } from 'class-validator';
import { IDEMPOTENT } from '../data/idempotency.js';
import { LOOSE_UUID } from '../ids.js';
import { CollectionSearchDto, SearchedCollectionsDto } from '../search/collection-search.dto.js';
import type { EndpointOptions } from '../shell/endpoints/endpoint.decorator.js';
import { Doc } from '../shell/validation/doc.decorator.js';
import { ListOfAtMost } from '../shell/validation/limit-rules.js';
import { Items } from '../shell/validation/nested.decorator.js';
import { Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';
import { EVALUATION_ANSWER } from './evaluation-answer.js';

const NAME_BYTES = 256;
const MAX_CONFIGURATIONS = 10;
const MAX_METRICS = 20;

/** A way to search: the fields of a search, without a question. */
export class ConfigurationDto extends CollectionSearchDto {
  @Doc('What to call it in the answer.', 'hybrid')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  name!: string;
}

export class EvaluationDto extends SearchedCollectionsDto {
  @Doc('The judgments: `id` of a judgment set.')
  @IsString()
  @Matches(LOOSE_UUID, { message: '$property must be the id of a judgment set' })
  judgment_set_id!: string;

  @Doc('Ways to search; each but the first is compared with the first.')
  @ArrayMinSize(1)
  @Items(ConfigurationDto, MAX_CONFIGURATIONS)
  configurations!: ConfigurationDto[];

  @Doc('`ndcg@k`, `recall@k`, `precision@k` (or `p@k`) with k up to 1000, and `mrr`; `ndcg@10`, `recall@100` and `mrr` when left out.', ['ndcg@10', 'mrr'])
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(MAX_METRICS)
  @IsString({ each: true })
  metrics?: string[];
}

export const EVALUATE: EndpointOptions = {
  summary: 'How well searches find what was judged relevant.',
  description:
    'Every question of the judgment set is searched in every configuration, and each document counts once, by its best chunk. Answers when all is done: some hundredths of a second for each search.',
  permission: { scope: 'write', perCollection: true },
  answers: { 201: EVALUATION_ANSWER },
  headers: IDEMPOTENT,
  errors: ['idempotency_mismatch', 'request_in_flight', 'not_found', 'unknown_model', 'model_not_installed'],
  tag: 'Evaluation',
};

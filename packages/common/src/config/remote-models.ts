import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
import { IsServiceUrl } from './is-service-url.decorator.js';
import { A_MODEL_NAME, MODEL_NAME, MOST_DIMENSIONS, modelListOf } from './model-list.js';

/** A model at a provider, as REMOTE_MODELS names it. Texts that use it leave this system. */
export class RemoteModelConfig {
  @Matches(MODEL_NAME, A_MODEL_NAME)
  id!: string;

  @IsServiceUrl(['https', 'http'])
  url!: string;

  @IsInt()
  @Min(1)
  @Max(MOST_DIMENSIONS)
  dimension!: number;

  /** How many tokens it reads, as the provider says; only shown. */
  @IsInt()
  @Min(1)
  max_tokens!: number;

  /** Its name at the provider, where that is not the id. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  model?: string;

  @IsOptional()
  @Matches(MODEL_NAME, A_MODEL_NAME)
  version?: string;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  aliases?: string[];

  @IsOptional()
  @IsString()
  @MinLength(1)
  api_key?: string;

  /** Asks the provider for vectors of `dimension`, where the model could give longer ones. */
  @IsOptional()
  @IsBoolean()
  send_dimension?: boolean;

  @IsOptional()
  @IsString()
  query_prefix?: string;

  @IsOptional()
  @IsString()
  document_prefix?: string;
}

/** The models of providers that a JSON list names; throws an Error that says everything that is wrong with it, and repeats no key. */
export function remoteModelsOf(json: string): RemoteModelConfig[] {
  return modelListOf(RemoteModelConfig, json);
}

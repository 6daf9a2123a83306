import { plainToInstance } from 'class-transformer';
import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength, validateSync } from 'class-validator';
import { IsServiceUrl } from './is-service-url.decorator.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const A_NAME = { message: '$property must be letters, digits, dots, hyphens and underscores, at most 100' };
const MOST_DIMENSIONS = 65_535;

/** A model at a provider, as REMOTE_MODELS names it. Texts that use it leave this system. */
export class RemoteModelConfig {
  @Matches(NAME, A_NAME)
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
  @Matches(NAME, A_NAME)
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

/** The models that a JSON list names; throws an Error that says everything that is wrong with it, and repeats no key. */
export function remoteModelsOf(json: string): RemoteModelConfig[] {
  const list = parsed(json);
  if (!Array.isArray(list)) throw new Error('must be a list of models in JSON');
  const models = list.map((item) => plainToInstance(RemoteModelConfig, item as object));
  const wrong = models.flatMap((model, at) => problemsOf(model).map((problem) => `model ${at + 1}: ${problem}`));
  const names = models.flatMap(({ id, aliases }) => [id, ...(Array.isArray(aliases) ? aliases : [])]);
  wrong.push(...names.filter((name, at) => names.indexOf(name) < at).map((name) => `two models have the name ${name}`));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return models;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error('is no JSON');
  }
}

function problemsOf(model: unknown): string[] {
  if (!(model instanceof RemoteModelConfig)) return ['must be an object'];
  const errors = validateSync(model, { whitelist: true, forbidNonWhitelisted: true });
  return errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
}

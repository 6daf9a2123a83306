import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsOptional, IsPositive, IsString, Matches, Max, Min, ValidateNested } from 'class-validator';
import { A_MODEL_NAME, MODEL_NAME, MOST_DIMENSIONS, modelListOf } from './model-list.js';

const MOST_MEMBERS = 10;
/** Weights are written in decimals: thirds do not add up to 1 exactly. */
const ROUNDING = 2e-3;

/** A model of an ensemble, and how much it counts. */
export class EnsembleMemberConfig {
  /** Id or alias. */
  @IsString()
  model!: string;

  @IsPositive()
  @Max(1)
  weight!: number;
}

/** Models whose vectors are mixed, as ENSEMBLES names them. */
export class EnsembleConfig {
  @Matches(MODEL_NAME, A_MODEL_NAME)
  id!: string;

  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(MOST_MEMBERS)
  @ValidateNested({ each: true })
  @Type(() => EnsembleMemberConfig)
  members!: EnsembleMemberConfig[];

  /** Of its vectors; needed where the members have different ones. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_DIMENSIONS)
  dimension?: number;

  @IsOptional()
  @Matches(MODEL_NAME, A_MODEL_NAME)
  version?: string;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  aliases?: string[];
}

/** The ensembles that a JSON list names; throws an Error that says everything that is wrong with it. */
export function ensemblesOf(json: string): EnsembleConfig[] {
  const ensembles = modelListOf(EnsembleConfig, json);
  const wrong = ensembles.flatMap(({ id, members }) => {
    const sum = members.reduce((total, { weight }) => total + weight, 0);
    return Math.abs(sum - 1) <= ROUNDING ? [] : [`the weights of ${id} add up to ${Number(sum.toFixed(6))} and must add up to 1`];
  });
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return ensembles;
}

import { CollectionName, Doc, QUERY_KINDS, type QueryKind, Utf8Bytes, WellFormedText } from '@cairn/common';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

const MOST_OF_A_DATE = 40;

/** Which searches are counted. */
export class AnalyticsDto {
  @Doc('From then on; 30 days before the end when left out.', '2026-01-01T00:00:00Z')
  @IsOptional()
  @IsString()
  @MaxLength(MOST_OF_A_DATE)
  start_date?: string;

  @Doc('Until then, and not then itself; now when left out.', '2026-01-31T00:00:00Z')
  @IsOptional()
  @IsString()
  @MaxLength(MOST_OF_A_DATE)
  end_date?: string;

  @Doc('Only searches that looked in this collection, by id, alias or name. One that looked in several counts for each.')
  @IsOptional()
  @CollectionName()
  collection_id?: string;

  @Doc('Only searches that this assistant made. None has made any yet.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(256)
  @WellFormedText()
  assistant?: string;
}

export class ListQueriesDto extends AnalyticsDto {
  @Doc('`top`: asked most often; `zero`: found nothing, most often; `slow`: took longest. `top` when left out.')
  @IsOptional()
  @IsIn(QUERY_KINDS)
  kind?: QueryKind;

  @Doc('Questions at most; 20 when left out.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

export class PutAnalyticsSettingsDto {
  @Doc('Whether searches are kept for analytics. Those that were kept before stay for their time.', false)
  @IsBoolean()
  query_log!: boolean;
}

import { CollectionName, Doc } from '@cairn/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

export class QuotasOfDto {
  @Doc('A collection, by id, alias or name; the whole organisation when left out.')
  @IsOptional()
  @CollectionName()
  collection_id?: string;
}

/** Limits; one that is left out is the default. */
export class PutQuotasDto extends QuotasOfDto {
  @Doc('The most documents.', 100_000)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  documents?: number;

  @Doc('The most bytes of all documents together, as they were sent.', 10_000_000_000)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  bytes?: number;

  @Doc('The most sources.', 100)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  sources?: number;

  @Doc('The most operations that begin in an hour of the clock. Removals are not counted.', 1_000)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  operations_per_hour?: number;
}

import { CollectionName, Doc, LOOSE_UUID, WellFormedText } from '@cairn/common';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export class JobEventsDto {
  @Doc('Only events after this number. The header Last-Event-ID means the same.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  since?: number;
}

export class FeedDto {
  @Doc('Only events after this cursor; without it, from now on. The header Last-Event-ID means the same.')
  @IsOptional()
  @IsString()
  @WellFormedText()
  @MaxLength(200)
  since?: string;

  @Doc('Only events of this job.')
  @IsOptional()
  @Matches(LOOSE_UUID, { message: '$property must be an id, such as one of GET /jobs' })
  job_id?: string;

  @Doc('Only events of this collection, by id, alias or name.')
  @IsOptional()
  @CollectionName()
  collection_id?: string;

  @Doc('For `Accept: application/json`: seconds to wait for the first event.')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(30)
  wait?: number;
}

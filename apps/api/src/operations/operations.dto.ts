import { CollectionName, Doc, OPERATION_STATES, OPERATION_TYPES, type OperationState, type OperationType } from '@cairn/common';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageDto } from '../collections/collections.dto.js';

export class ListOperationsDto extends PageDto {
  @Doc('How many on a page, at most 100.', 50)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  per_page?: number;

  @Doc('Only those that are so.')
  @IsOptional()
  @IsIn(OPERATION_STATES)
  status?: OperationState;

  @Doc('Only those of this type.')
  @IsOptional()
  @IsIn(OPERATION_TYPES)
  type?: OperationType;

  @Doc('Only those on this collection.')
  @IsOptional()
  @CollectionName()
  collection_id?: string;
}

export class OperationsOfCollectionDto {
  @Doc('How many, at most 200.', 50)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

export class OperationEventsDto {
  @Doc('Only what happened after this event.', 0)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(999_999_999)
  since?: number;
}

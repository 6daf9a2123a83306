import { Doc } from '@cairn/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageDto } from '../collections/collections.dto.js';

export class ListVersionsDto extends PageDto {
  @Doc('How many on a page, at most 100.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  per_page?: number;
}

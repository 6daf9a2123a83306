import { Doc } from '@cairn/common';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

const MOST_OF_A_DATE = 40;

export class UsageDto {
  @Doc('Searches from then on; 30 days before the end when left out.', '2026-01-01T00:00:00Z')
  @IsOptional()
  @IsString()
  @MaxLength(MOST_OF_A_DATE)
  from?: string;

  @Doc('Searches until then, and not then itself; now when left out.', '2026-01-31T00:00:00Z')
  @IsOptional()
  @IsString()
  @MaxLength(MOST_OF_A_DATE)
  to?: string;

  @Doc('Collections at most, the largest first; 100 when left out.', 100)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit?: number;
}

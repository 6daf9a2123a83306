import { Doc } from '@cairn/common';
import { IsBoolean, IsOptional } from 'class-validator';

export class RepairDto {
  @Doc('Only say what would be done, which is the default.')
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;
}

import { Doc, WellFormedText } from '@cairn/common';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export class ListAuditDto {
  @Doc('`next_cursor` of the page before.')
  @IsOptional()
  @IsString()
  @Matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { message: '$property must be next_cursor of the page before' })
  cursor?: string;

  @Doc('Only what was done by this one: `user:<number>` or `key:<id>`.', 'user:7')
  @IsOptional()
  @IsString()
  @MaxLength(100)
  @WellFormedText()
  actor?: string;

  @Doc('Only this action.', 'DELETE /documents/{id}')
  @IsOptional()
  @IsString()
  @MaxLength(200)
  @WellFormedText()
  action?: string;

  @Doc('Entries of a page.', 100)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

import { Doc, ORG_ROLES, type OrgRole, WellFormedText } from '@cairn/common';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';

export class ListUsersDto {
  @Doc('`next_cursor` of the page before.')
  @IsOptional()
  @IsString()
  @Matches(/^\d{1,18}$/, { message: '$property must be next_cursor of the page before' })
  cursor?: string;

  @Doc('Users of a page.', 100)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;
}

export class ChangeRoleDto {
  @Doc('What the user is in the organisation: viewer (reads), member (and writes), admin (and administers), owner (and makes owners).', 'member')
  @IsIn(ORG_ROLES)
  role!: OrgRole;
}

export class AddUserDto extends ChangeRoleDto {
  @Doc('The e-mail address with which the user logs in.', 'maria@example.org')
  @IsString()
  @Matches(/^[^\s@]{1,64}@[^\s@]{1,190}$/, { message: '$property must be an e-mail address, such as maria@example.org' })
  @WellFormedText()
  email!: string;

  @Doc('The first password, of at least 8 characters. When left out the answer has an invitation, with which the user chooses his own.')
  @IsOptional()
  @IsString()
  @MinLength(8)
  @MaxLength(1_024)
  @WellFormedText()
  password?: string;
}

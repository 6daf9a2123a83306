import { Doc, SHARE_ROLES, type ShareRole, WellFormedText } from '@cairn/common';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';

const SUBJECT_LENGTH = 255;

export class ShareDto {
  @Doc('What the user may do: read; write (documents and sources, and read); admin (share and change the collection too, and write).', 'read')
  @IsIn(SHARE_ROLES)
  role!: ShareRole;
}

export class ShareWithDto extends ShareDto {
  @Doc('The subject of the tokens of the user.', 'maria@example.org')
  @IsString()
  @MinLength(1)
  @MaxLength(SUBJECT_LENGTH)
  @WellFormedText()
  user!: string;
}

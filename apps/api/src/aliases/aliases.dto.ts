import { Doc, LOOSE_UUID } from '@cairn/common';
import { IsString, Matches } from 'class-validator';

export class PutAliasDto {
  @Doc('The collection that it is to name.', '01890a5d-ac96-774b-bcce-b302099a8057')
  @IsString()
  @Matches(LOOSE_UUID)
  collection_id!: string;
}

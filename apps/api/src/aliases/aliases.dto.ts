import { CollectionName, Doc } from '@cairn/common';

export class PutAliasDto {
  @Doc('The collection that it is to name, by id, alias or name.', '01890a5d-ac96-774b-bcce-b302099a8057')
  @CollectionName()
  collection_id!: string;
}

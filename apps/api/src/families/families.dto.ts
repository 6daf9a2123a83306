import { CollectionName, Doc, FAMILY_LIMITS, Nested, NotBlank, Utf8Bytes, WellFormedText } from '@cairn/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsDefined, IsOptional, IsString, MinLength } from 'class-validator';

/** As long as the name of a collection. */
export const FAMILY_NAME_BYTES = 256;

export class RouteDto {
  @Doc(
    'The field of metadata that tells the collections apart: keys with dots between them (`author.name`; `\\.` is a dot of a key), or a list of keys.',
    'model',
  )
  @IsDefined()
  field!: unknown;

  @Doc(
    'Which collections have a value: lists of collections by the value, or a list of `{value, collections}` for numbers and booleans. Without it, the system learns what is where.',
    { Invoice: ['invoices 2025', 'invoices 2026'] },
  )
  @IsOptional()
  @IsDefined()
  values?: unknown;

  @Doc('Whether `values` are all that there are, which is so unless you say false. Where they are not, other values may be in any of the collections.')
  @IsOptional()
  @IsBoolean()
  complete?: boolean;
}

class FamilySettingsDto {
  @Doc('The collections that belong to it, by name, alias or id.', ['invoices 2025', 'invoices 2026'])
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(FAMILY_LIMITS.members)
  @CollectionName({ each: true })
  collections!: string[];

  @Doc('By which field statements are led to some of the collections; all are asked without it.')
  @IsOptional()
  @Nested(RouteDto)
  route?: RouteDto;
}

export class AddFamilyDto extends FamilySettingsDto {
  @Doc('A name of your choice, which no collection, alias or family of your organisation has.', 'contracts')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(FAMILY_NAME_BYTES)
  @WellFormedText()
  name!: string;
}

export class PutFamilyDto extends FamilySettingsDto {
  @Doc('A new name; left out, it keeps the one that it has.', 'contracts')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(FAMILY_NAME_BYTES)
  @WellFormedText()
  name?: string;
}

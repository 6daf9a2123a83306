import { Doc, Nested, NotBlank, Utf8Bytes, WellFormedText } from '@cairn/common';
import { IsOptional, IsString, MinLength } from 'class-validator';
import { CollectionSettingsDto } from '../collections/collections.dto.js';

export const TEMPLATE_NAME_BYTES = 256;
const DESCRIPTION_BYTES = 10_000;

export class AddTemplateDto {
  @Doc('A name of your choice, unique among the templates that you see.', 'our contracts')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(TEMPLATE_NAME_BYTES)
  @WellFormedText()
  name!: string;

  @Doc('What it is for.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(DESCRIPTION_BYTES)
  @WellFormedText()
  description?: string;

  @Doc('What a collection is made with.')
  @Nested(CollectionSettingsDto)
  settings!: CollectionSettingsDto;
}

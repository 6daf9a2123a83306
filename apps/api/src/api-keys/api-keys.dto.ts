import { CollectionName, Doc, type Scope, WellFormedText } from '@cairn/common';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsISO8601, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';

export class CreateApiKeyDto {
  @Doc('What the key is for.', 'nightly import')
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @WellFormedText()
  name!: string;

  @Doc('What it may do: read; write (and read); admin (all, keys too).')
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(3)
  @IsIn(['read', 'write', 'admin'], { each: true })
  scopes!: Scope[];

  @Doc('The only collections it may touch, by id, alias or name; all when left out. They are kept by their ids.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @CollectionName({ each: true })
  collections?: string[];

  @Doc('When it stops working.', '2030-01-01T00:00:00Z')
  @IsOptional()
  @IsISO8601({ strict: true })
  expires_at?: string;
}

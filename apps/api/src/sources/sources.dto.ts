import { Doc, Nested, Utf8Bytes, WellFormedText } from '@cairn/common';
import { IsBoolean, IsInt, IsObject, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

const TYPE_BYTES = 50;
const PATH_BYTES = 4_096;
const MINUTES_OF_A_YEAR = 525_600;

export class AddSourceDto {
  @Doc('directory, file, url, git, s3 or imap.', 'directory')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(TYPE_BYTES)
  @WellFormedText()
  source_type!: string;

  @Doc(
    'Where it is: a path below one of the folders that the operator allows, an address, the name of a bucket, or the host of a mail server.',
    '/srv/documents/handbook',
  )
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(PATH_BYTES)
  @WellFormedText()
  source_path?: string;

  @Doc('What only this kind of source has, such as the branch of a repository.')
  @IsOptional()
  @IsObject()
  source_config?: Record<string, unknown>;

  @Doc('Which files: extensions, ignore_patterns, include_patterns.', { extensions: ['.md', '.pdf'], ignore_patterns: ['**/node_modules/**'] })
  @IsOptional()
  @IsObject()
  filters?: Record<string, unknown>;

  @Doc('How it is gone through and read: recursive, follow_symlinks, extract_metadata, ocr_enabled, languages.', { recursive: true, follow_symlinks: false })
  @IsOptional()
  @IsObject()
  config?: Record<string, unknown>;
}

export class PreviewSourceDto extends AddSourceDto {
  @Doc('How many files are shown, at most 100; all are counted.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}

export class RemoveSourceDto {
  @Doc('The path or address that the source was added with.')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(PATH_BYTES)
  @WellFormedText()
  source_path!: string;
}

export class SyncDto {
  @Doc('Minutes between two runs, at most a year; null for none by the clock.', 60)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MINUTES_OF_A_YEAR)
  every_minutes?: number;
}

export class UpdateSourceDto {
  @Doc('How often it is looked through by the clock.', { every_minutes: 60 })
  @IsOptional()
  @Nested(SyncDto)
  sync?: SyncDto;

  @Doc('While it is paused the clock begins no run of it.', false)
  @IsOptional()
  @IsBoolean()
  paused?: boolean;
}

export class RunsOfSourceDto {
  @Doc('How many, at most 200.', 50)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;
}

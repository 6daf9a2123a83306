import { Doc, LOOSE_UUID, NotBlank, Utf8Bytes, WellFormedText } from '@cairn/common';
import { IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { CreateCollectionDto } from '../collections/collections.dto.js';

export const ARCHIVE_VERSION = 1;

// What a file system, an index of Postgres and a page for people take; archives of ours never come near.
const PATH_BYTES = 8_192;
const ID_BYTES = 2_000;
const NAME_BYTES = 2_000;
const TITLE_BYTES = 10_000;
const MIME_BYTES = 200;

/** The first line of an archive: what it is, and what its collection was made with. */
export class ArchiveHeadDto extends CreateCollectionDto {
  @IsInt()
  @IsIn([ARCHIVE_VERSION])
  cairn_archive!: number;

  @Doc('What may have become larger in time than what a collection is made with.')
  @IsOptional()
  @IsObject()
  override metadata?: Record<string, unknown>;
}

/** A document of an archive. Its content is in the lines that follow, unless another document with the same content came before. */
export class ArchivedDocumentDto {
  @IsString()
  @Matches(LOOSE_UUID, { message: '$property must be the id of a document' })
  id!: string;

  @IsString()
  @MinLength(1)
  @Utf8Bytes(ID_BYTES)
  @WellFormedText()
  external_id!: string;

  @IsString()
  @MinLength(1)
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  file_name!: string;

  @IsOptional()
  @IsString()
  @Utf8Bytes(PATH_BYTES)
  @WellFormedText()
  file_path?: string | undefined;

  @IsOptional()
  @IsString()
  @Utf8Bytes(TITLE_BYTES)
  @WellFormedText()
  title?: string | undefined;

  @IsOptional()
  @IsString()
  @Utf8Bytes(MIME_BYTES)
  @WellFormedText()
  mime_type?: string | undefined;

  @IsBoolean()
  is_text!: boolean;

  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  size_bytes!: number;

  @IsString()
  @Matches(/^[0-9a-f]{64}$/, { message: '$property must be a SHA-256 as 64 hex digits' })
  content_hash!: string;

  @IsObject()
  metadata!: Record<string, unknown>;
}

/** The last line: whoever does not read it has not read all. */
export class ArchiveEndDto {
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  documents!: number;

  @Doc('SHA-256 of all lines before.')
  @IsString()
  @Matches(/^[0-9a-f]{64}$/, { message: '$property must be a SHA-256 as 64 hex digits' })
  sha256!: string;
}

/** What a form says of an archive. */
export class ImportCollectionDto {
  @Doc('A name in place of the one that the collection had.', 'Handbook, restored')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(256)
  @WellFormedText()
  name?: string;
}

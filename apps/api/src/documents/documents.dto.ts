import {
  CollectionName,
  DOCUMENT_SORTS,
  DOCUMENT_STATUSES,
  Doc,
  type DocumentSort,
  Items,
  ListOfAtMost,
  LOOSE_UUID,
  limits,
  Storable,
  Utf8Bytes,
  WellFormedText,
} from '@cairn/common';
import { ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { PageDto } from '../collections/collections.dto.js';

const TITLE_BYTES = 2_000;
const NAME_BYTES = 255;
const FILTER_BYTES = 8_000;
const MIME_BYTES = 200;
const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+(?:\s*;.*)?$/;

/** What may be said of a document. */
class DescribedDocumentDto {
  @Doc('By which it is replaced when it is sent again; the id of the document when left out.', 'handbook/travel')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  external_id?: string;

  @Doc('Embedded with each chunk unless embed_context is off.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(TITLE_BYTES)
  @WellFormedText()
  title?: string;

  @Doc('A file name for people; the title or external id when left out.', 'travel.md')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  file_name?: string;

  @Doc('What the text is: text/markdown is read as Markdown. A plain text stays as it is.', 'text/plain')
  @IsOptional()
  @IsString()
  @Matches(MIME_TYPE, { message: '$property must be a media type, such as text/plain' })
  @Utf8Bytes(MIME_BYTES)
  @WellFormedText()
  mime_type?: string;

  @Doc('What searches can filter by.')
  @IsOptional()
  @Storable(() => limits().metadataBytes)
  metadata?: Record<string, unknown>;
}

/** A document as a text. */
export class TextDocumentDto extends DescribedDocumentDto {
  @Doc('The text.')
  @IsString()
  @WellFormedText()
  text!: string;
}

/** What a form says of its files. */
export class FormFieldsDto {
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  external_id?: string;

  @IsOptional()
  @IsString()
  @Utf8Bytes(TITLE_BYTES)
  @WellFormedText()
  title?: string;

  @IsOptional()
  @Storable(() => limits().metadataBytes)
  metadata?: Record<string, unknown>;
}

export class AddDocumentsDto {
  @Doc('The documents.')
  @ArrayMinSize(1)
  @Items(TextDocumentDto, () => limits().batch)
  documents!: TextDocumentDto[];
}

/** What a document is from now on. */
export class ReplaceDocumentDto extends DescribedDocumentDto {
  @Doc('The text that takes the place of its content. When left out, only title and metadata change.')
  @IsOptional()
  @IsString()
  @WellFormedText()
  text?: string;
}

export class PatchDocumentDto {
  @Doc('Embedded with each chunk unless embed_context is off.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(TITLE_BYTES)
  @WellFormedText()
  title?: string;

  @Doc('Takes the place of the metadata that was there.')
  @IsOptional()
  @Storable(() => limits().metadataBytes)
  metadata?: Record<string, unknown>;
}

export class ListDocumentsDto extends PageDto {
  @Doc('How many on a page, at most 500.', 50)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  per_page?: number;

  @Doc('Only those that are so.', 'failed')
  @IsOptional()
  @IsIn(DOCUMENT_STATUSES)
  status?: (typeof DOCUMENT_STATUSES)[number];

  @Doc('Only those that a filter takes, as JSON.', '{"year": {"$gte": 2020}}')
  @IsOptional()
  @IsString()
  @MinLength(2)
  @Utf8Bytes(FILTER_BYTES)
  @WellFormedText()
  filter?: string;

  @Doc('Only those with this in their title, external id or file name, in upper or lower case.', 'travel')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  search?: string;

  @Doc('In which order; a minus turns it round.', 'created_at')
  @IsOptional()
  @IsIn(DOCUMENT_SORTS)
  sort?: DocumentSort;
}

/** One of filter, ids, external_ids and all says which. */
export class DeleteDocumentsDto {
  @Doc('Those that a filter takes. One that asks nothing of a document is refused.')
  @IsOptional()
  @IsObject()
  filter?: Record<string, unknown>;

  @Doc('Those with these ids.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(() => limits().batch)
  @Matches(LOOSE_UUID, { each: true, message: '$property must be ids of documents' })
  ids?: string[];

  @Doc('Those with these external ids.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(() => limits().batch)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @WellFormedText({ each: true })
  external_ids?: string[];

  @Doc('All documents of the collection.')
  @IsOptional()
  @IsBoolean()
  all?: boolean;

  @Doc('Only say how many there are.', false)
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;
}

export class ListChunksDto extends PageDto {
  @Doc('How many on a page, at most 500.', 100)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  per_page?: number;
}

export class IndexingStatusDto {
  @Doc('The collection, by id, alias or name.')
  @CollectionName()
  collection_id!: string;
}

import {
  COLLECTION_TYPES,
  type CollectionType,
  Doc,
  Items,
  ListOfAtMost,
  limits,
  Nested,
  NotBlank,
  QUANTIZATIONS,
  type Quantization,
  Storable,
  Utf8Bytes,
  WellFormedText,
} from '@cairn/common';
import { ArrayMinSize, IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsObject, IsOptional, IsString, Max, Min, MinLength } from 'class-validator';

const NAME_BYTES = 256;
const DESCRIPTION_BYTES = 10_000;
const LABEL_BYTES = 200;
const MAX_PAGE = 100_000;
const QUERY_BYTES = 4_000;
/** That both indexes are asked. */
export const MOST_QUERIES = 50;
const MOST_JUDGMENTS = 500;

/** What an index is made of; what is left out is as it was, or the default. */
export class IndexSettingsDto {
  @Doc('A model, by its id or an alias, or `mock` for vectors that are made up; the built-in one when left out.', 'all-MiniLM-L6-v2')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  embedding_model?: string;

  @Doc('How the numbers of vectors are kept.', 'float16')
  @IsOptional()
  @IsIn(QUANTIZATIONS)
  quantization?: Quantization;

  @Doc('The most tokens of a chunk.', 1000)
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(32_768)
  chunk_size?: number;

  @Doc(
    'The most tokens that a chunk repeats of the one before; less than chunk_size. A fifth of it by default; where there is an index, what that one has, while it is at most half.',
    200,
  )
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(32_767)
  chunk_overlap?: number;

  @Doc('How documents are cut: auto, sentence, recursive, markdown, code, tokens, hierarchical or semantic.', 'auto')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  chunking_strategy?: string;

  @Doc('A chunking profile of the organisation, by its name; what is said beside it counts more.', 'handbooks')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  chunking_profile?: string;

  @Doc('Options that only this strategy has.')
  @IsOptional()
  @IsObject()
  chunking_config?: Record<string, unknown>;

  @Doc('Whether title and headings are embedded with each chunk.', true)
  @IsOptional()
  @IsBoolean()
  embed_context?: boolean;

  @Doc('Whether keywords and entities are looked for in documents, for filters; a source may say otherwise of its files.', false)
  @IsOptional()
  @IsBoolean()
  extract_metadata?: boolean;
}

/** What a collection is made with, besides its name; what is left out is the default. */
export class CollectionSettingsDto extends IndexSettingsDto {
  @Doc('What is in it.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(DESCRIPTION_BYTES)
  @WellFormedText()
  description?: string;

  @Doc('What it takes.', 'mixed')
  @IsOptional()
  @IsIn(COLLECTION_TYPES)
  type?: CollectionType;

  @Doc('Whether everybody in the organisation may read it.', false)
  @IsOptional()
  @IsBoolean()
  is_public?: boolean;

  @Doc('Whether documents that failed by chance are tried again without being asked for.')
  @IsOptional()
  @IsBoolean()
  auto_maintenance?: boolean;

  @Doc('Whatever you want to keep with it.')
  @IsOptional()
  @Storable(() => limits().metadataBytes)
  metadata?: Record<string, unknown>;
}

export class CreateCollectionDto extends CollectionSettingsDto {
  @Doc('A name of your choice, unique in your organisation.', 'Technical Documentation')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  name!: string;

  @Doc('Settings to begin with, by the name of a template; those that you give come before them.', 'knowledge_base')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  template?: string;
}

export class CloneCollectionDto extends CollectionSettingsDto {
  @Doc('A name of your choice, unique in your organisation.', 'Technical Documentation, cut finer')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  name!: string;
}

export class UpdateCollectionDto extends IndexSettingsDto {
  @Doc('A new name.', 'Technical Documentation v2')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  name?: string;

  @Doc('What is in it.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(DESCRIPTION_BYTES)
  @WellFormedText()
  description?: string;

  @Doc('Whether everybody in the organisation may read it.')
  @IsOptional()
  @IsBoolean()
  is_public?: boolean;

  @Doc('Whether documents that failed by chance are tried again without being asked for.')
  @IsOptional()
  @IsBoolean()
  auto_maintenance?: boolean;

  @Doc('Takes the place of the metadata that was there.')
  @IsOptional()
  @Storable(() => limits().metadataBytes)
  metadata?: Record<string, unknown>;

  @Doc('Cannot be changed.')
  @IsOptional()
  @IsString()
  type?: string;

  @Doc('Cannot be changed.')
  @IsOptional()
  @IsString()
  vector_store_name?: string;

  @Doc('Cannot be changed.')
  @IsOptional()
  @IsInt()
  owner_id?: number;
}

export class PageDto {
  @Doc('The page, from 1.', 1)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  page?: number;
}

export class ListCollectionsDto extends PageDto {
  @Doc('How many on a page, at most 100.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  per_page?: number;

  @Doc('A part of the name.', 'tech')
  @IsOptional()
  @IsString()
  @Utf8Bytes(NAME_BYTES)
  @WellFormedText()
  search?: string;
}

/** How well a document answers a query. */
export class JudgmentDto {
  @Doc('The query.', 'How are travel costs paid?')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(QUERY_BYTES)
  @WellFormedText()
  query!: string;

  @Doc('The document.', 'handbook/travel')
  @IsString()
  @MinLength(1)
  @Utf8Bytes(() => limits().idBytes)
  @WellFormedText()
  external_id!: string;

  @Doc('How well it answers: 0, or less, is not at all.', 3)
  @IsInt()
  @Min(-10)
  @Max(10)
  relevance!: number;
}

/** Queries that both indexes are asked before the new one serves; twenty passages of the collection where neither says which. */
export class VerifyReindexDto {
  @Doc('Queries to ask.')
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ListOfAtMost(MOST_QUERIES)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @Utf8Bytes(QUERY_BYTES, { each: true })
  @WellFormedText({ each: true })
  queries?: string[];

  @Doc('So many passages of the collection are asked for.', 20)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_QUERIES)
  sample?: number;

  @Doc('The least share of the ten best documents that both indexes find, on average. With less the old one goes on serving.', 0.8)
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  min_overlap?: number;

  @Doc('What is known to answer queries, which are asked too: from it the nDCG of both indexes is told.')
  @IsOptional()
  @Items(JudgmentDto, MOST_JUDGMENTS)
  judgments?: JudgmentDto[];
}

export class ReindexDto extends IndexSettingsDto {
  @Doc('Compare the answers of both indexes before the new one serves.')
  @IsOptional()
  @Nested(VerifyReindexDto)
  verify?: VerifyReindexDto;

  @Doc('Make all documents again, also those that are as they should be.')
  @IsOptional()
  @IsBoolean()
  force?: boolean;

  @Doc('Only documents that failed.')
  @IsOptional()
  @IsBoolean()
  only_failed?: boolean;

  @Doc('The same settings, under this name.')
  @IsOptional()
  @IsObject()
  config?: Record<string, unknown>;
}

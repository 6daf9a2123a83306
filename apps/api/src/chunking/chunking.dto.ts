import { Doc, Items, LOOSE_UUID, NotBlank, Utf8Bytes, WellFormedText } from '@cairn/common';
import { ArrayMinSize, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';

/** What a worker is handed in one message. */
export const MOST_CONTENT_BYTES = 500_000;
const LABEL_BYTES = 200;
const DESCRIPTION_BYTES = 2_000;
const MOST_PLANS = 8;

/** A way of chunking, as the settings of a collection say it. */
export class ChunkingDto {
  @Doc('How it is cut: one of GET /api/v2/chunking/strategies; auto when left out.', 'sentence')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  strategy?: string;

  @Doc('Options of the strategy, chunk_size and chunk_overlap among them.')
  @IsOptional()
  @IsObject()
  config?: Record<string, unknown>;

  @Doc('The most tokens of a chunk.', 1000)
  @IsOptional()
  @IsInt()
  chunk_size?: number;

  @Doc('The most tokens that a chunk repeats of the one before.', 200)
  @IsOptional()
  @IsInt()
  chunk_overlap?: number;

  @Doc('A profile of the organisation, by its name; what is said beside it counts more.', 'handbooks')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  profile?: string;
}

/** A text, or a document that you may read. */
export class TextToCutDto extends ChunkingDto {
  @Doc('The text; at most 500,000 bytes.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(MOST_CONTENT_BYTES)
  @WellFormedText()
  text?: string;

  @Doc('A document in place of a text; its content may have at most 500,000 bytes.')
  @IsOptional()
  @Matches(LOOSE_UUID, { message: '$property must be the id of a document' })
  document_id?: string;

  @Doc('What the text is.', 'text/markdown')
  @IsOptional()
  @IsString()
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  mime_type?: string;

  @Doc('Whose tokens are counted; that of the document, or the built-in model, when left out.')
  @IsOptional()
  @IsString()
  @MinLength(1)
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  embedding_model?: string;
}

export class PreviewChunksDto extends TextToCutDto {
  @Doc('How many chunks are shown; the statistics are of all.', 50)
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(500)
  max_chunks?: number;
}

export class CompareChunkingsDto extends PreviewChunksDto {
  @Doc('The ways to compare. What is said beside them counts for each that does not say otherwise.')
  @ArrayMinSize(1)
  @Items(ChunkingDto, MOST_PLANS)
  configurations!: ChunkingDto[];
}

export class RecommendChunkingDto extends TextToCutDto {}

export class CreateChunkingProfileDto extends ChunkingDto {
  @Doc('A name of your choice, unique in your organisation.', 'handbooks')
  @IsString()
  @MinLength(1)
  @NotBlank()
  @Utf8Bytes(LABEL_BYTES)
  @WellFormedText()
  name!: string;

  @Doc('What it is for.')
  @IsOptional()
  @IsString()
  @Utf8Bytes(DESCRIPTION_BYTES)
  @WellFormedText()
  description?: string;
}

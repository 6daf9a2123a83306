import { IsInt, IsOptional, Max, Min } from 'class-validator';

// Smaller chunks say too little to be found, and make rows without end of a large file.
export const LEAST_CHUNK_SIZE = 10;
const MOST_CHUNK_SIZE = 32_768;

/** What a reader of the API is told of each option. */
export type OptionDocs<T> = { readonly [Field in keyof Required<T>]: string };

/** The options that every chunker has. */
export class ChunkSizeOptions {
  @IsOptional()
  @IsInt()
  @Min(LEAST_CHUNK_SIZE)
  @Max(MOST_CHUNK_SIZE)
  chunk_size = 1_000;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST_CHUNK_SIZE / 2)
  chunk_overlap = 200;
}

export const CHUNK_SIZE_DOCS: OptionDocs<ChunkSizeOptions> = {
  chunk_size: 'The most tokens of a chunk, as the model of the collection counts them.',
  chunk_overlap: 'The most tokens that a chunk repeats of the one before it; at most half of chunk_size, and a fifth of it where it is left out.',
};

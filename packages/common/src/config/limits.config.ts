import { IsInt, Min } from 'class-validator';
import { Env } from './env.decorator.js';

/** What one request may carry. */
export class LimitsConfig {
  @Env('LIMIT_BODY_BYTES', { doc: 'Bytes of a JSON body; more is 413.' })
  @IsInt()
  @Min(1_000)
  bodyBytes: number = 10_000_000;

  @Env('LIMIT_TEXT_BYTES', { doc: 'Bytes of UTF-8 of one text to embed.' })
  @IsInt()
  @Min(1)
  textBytes: number = 1_000_000;

  @Env('LIMIT_ID_BYTES', { doc: 'Bytes of UTF-8 of an asset or segment id.' })
  @IsInt()
  @Min(1)
  idBytes: number = 512;

  @Env('LIMIT_BATCH', { doc: 'Segments of one batch.' })
  @IsInt()
  @Min(1)
  batch: number = 1_000;

  @Env('LIMIT_SEARCH', { doc: 'Hits of one search.' })
  @IsInt()
  @Min(1)
  search: number = 100;
}

import { availableParallelism } from 'node:os';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';

/** What one request may carry, and what an organisation may hold. */
export class LimitsConfig {
  @Env('LIMIT_BODY_BYTES', { doc: 'Bytes of a JSON body; more is 413.' })
  @IsInt()
  @Min(1_000)
  bodyBytes: number = 10_000_000;

  @Env('MAX_UPLOAD_BYTES', { doc: 'Bytes of one uploaded file; more is 413.' })
  @IsInt()
  @Min(1)
  uploadBytes: number = 100_000_000;

  @Env('MAX_UPLOAD_FILES', { doc: 'Files of one request; more is 413.' })
  @IsInt()
  @Min(1)
  uploadFiles: number = 1_000;

  @Env('LIMIT_TEXT_BYTES', { doc: 'Bytes of UTF-8 of one text to embed.' })
  @IsInt()
  @Min(1)
  textBytes: number = 1_000_000;

  @Env('LIMIT_ID_BYTES', { doc: 'Bytes of UTF-8 of an asset or segment id.' })
  @IsInt()
  @Min(1)
  idBytes: number = 512;

  @Env('LIMIT_METADATA_BYTES', { doc: 'Bytes as JSON of the metadata of a collection or document.' })
  @IsInt()
  @Min(2)
  metadataBytes: number = 65_536;

  @Env('LIMIT_BATCH', { doc: 'Segments of one batch.' })
  @IsInt()
  @Min(1)
  batch: number = 1_000;

  @Env('LIMIT_SEARCH', { doc: 'Hits of one search.' })
  @IsInt()
  @Min(1)
  search: number = 100;

  @Env('SEARCHES_AT_ONCE', { doc: 'Searches of one organisation that a process makes at once while no other organisation searches; the others wait.' })
  @IsInt()
  @Min(1)
  searchesAtOnce: number = 16;

  @Env('SEARCHES_AT_ONCE_BESIDE', { doc: 'The same while others search too. By default half as many as there are processors.' })
  @IsOptional()
  @IsInt()
  @Min(1)
  searchesBeside?: number;

  get searchTurns(): { alone: number; beside: number } {
    const beside = this.searchesBeside ?? Math.max(1, Math.floor(availableParallelism() / 2));
    return { alone: Math.max(this.searchesAtOnce, beside), beside };
  }

  @Env('QUOTA_DOCUMENTS', { doc: 'Documents that an organisation may hold; its admins can set less, also for a collection.' })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  quotaDocuments: number = 10_000_000;

  @Env('QUOTA_BYTES', { doc: 'Bytes of all documents that an organisation may hold.' })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  quotaBytes: number = 1_000_000_000_000;

  @Env('QUOTA_SOURCES', { doc: 'Sources that an organisation may have.' })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  quotaSources: number = 100_000;

  @Env('QUOTA_OPERATIONS_PER_HOUR', { doc: 'Operations that an organisation may begin in an hour of the clock; removals are not counted.' })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  quotaOperationsPerHour: number = 1_000_000;
}

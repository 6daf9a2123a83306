import { DispatchDatabaseConfig, Env, JobsConfig, LimitsConfig, NatsConfig, Part, ProbeConfig, QdrantConfig, ServiceConfig } from '@cairn/common';
import { IsInt, Max, Min } from 'class-validator';

/** What only the dispatcher needs to know. */
export class UpkeepConfig {
  @Env('IN_FLIGHT_INTERACTIVE', { doc: 'Unanswered interactive bells that one organisation may have.' })
  @IsInt()
  @Min(1)
  inFlightInteractive: number = 500;

  @Env('IN_FLIGHT_BULK', { doc: 'Unanswered bulk bells that one organisation may have.' })
  @IsInt()
  @Min(1)
  inFlightBulk: number = 50;

  @Env('REFUSAL_CAP', { doc: 'Refusals of the broker after which a message is parked.' })
  @IsInt()
  @Min(1)
  @Max(100)
  refusalCap: number = 5;

  @Env('RE_RING_MS', { doc: 'Milliseconds after which an unanswered bell is rung again.' })
  @IsInt()
  @Min(100)
  reRingMs: number = 30_000;

  @Env('COLLECT_MS', { doc: 'Milliseconds between two collections of points that no longer count.' })
  @IsInt()
  @Min(50)
  collectMs: number = 5_000;

  @Env('CONFIRM_MS', { doc: 'Milliseconds between two looks whether searches find what became live.' })
  @IsInt()
  @Min(50)
  confirmMs: number = 2_000;

  @Env('RECONCILE_MS', { doc: 'Milliseconds between two looks at the markers in Qdrant.' })
  @IsInt()
  @Min(100)
  reconcileMs: number = 5_000;

  @Env('RECONCILE_FULL_MS', { doc: 'Milliseconds between two full comparisons of Qdrant with Postgres.' })
  @IsInt()
  @Min(500)
  reconcileFullMs: number = 600_000;

  @Env('INPUT_RETENTION_HOURS', { doc: 'Hours for which the texts of failed and cancelled jobs are kept for a retry.' })
  @IsInt()
  @Min(0)
  inputRetentionHours: number = 24;

  @Env('EVENT_RETENTION_DAYS', { doc: 'Days for which the events of ended jobs are kept, and ended operations with theirs.' })
  @IsInt()
  @Min(1)
  eventRetentionDays: number = 30;

  @Env('TIDY_MS', { doc: 'Milliseconds between two removals of what nobody needs any more: indexes, contents, what is left of deleted documents.' })
  @IsInt()
  @Min(100)
  tidyMs: number = 300_000;

  @Env('MAINTENANCE_MINUTES', { doc: 'Minutes at least between two times that a collection with auto_maintenance is seen to.' })
  @IsInt()
  @Min(1)
  maintenanceMinutes: number = 60;

  @Env('LEARNT_ROUTES_MINUTES', { doc: 'Minutes at least between two looks whether a collection still holds the values that a route learnt of it.' })
  @IsInt()
  @Min(0)
  learntRoutesMinutes: number = 60;

  @Env('INDEX_RETENTION_HOURS', { doc: 'Hours for which an index of a collection is kept after another took its place, to go back to.' })
  @IsInt()
  @Min(0)
  indexRetentionHours: number = 24;

  @Env('DOCUMENT_RETENTION_DAYS', { doc: 'Days for which it is known of a deleted document or collection that it was there, and who deleted it.' })
  @IsInt()
  @Min(1)
  documentRetentionDays: number = 30;

  @Env('QUERY_RETENTION_DAYS', { doc: 'Days for which it is kept what was searched for, in words.' })
  @IsInt()
  @Min(1)
  queryRetentionDays: number = 30;

  @Env('SEARCH_RETENTION_DAYS', { doc: 'Days for which it is kept that something was searched for, and how that went.' })
  @IsInt()
  @Min(1)
  searchRetentionDays: number = 90;

  @Env('BLOB_RETENTION_MINUTES', { doc: 'Minutes for which content is kept that no document needs; longer than an upload takes.' })
  @IsInt()
  @Min(1)
  blobRetentionMinutes: number = 60;
}

export class DispatcherConfig {
  @Part() service!: ServiceConfig;
  @Part() upkeep!: UpkeepConfig;
  @Part() database!: DispatchDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() qdrant!: QdrantConfig;
  @Part() jobs!: JobsConfig;
  @Part() limits!: LimitsConfig;
  @Part() probes!: ProbeConfig;
}

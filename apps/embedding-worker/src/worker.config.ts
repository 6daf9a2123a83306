import {
  BlobsConfig,
  Env,
  JobsConfig,
  LimitsConfig,
  ModelsConfig,
  NatsConfig,
  Part,
  ProbeConfig,
  QdrantConfig,
  ServiceConfig,
  SourceSecretsConfig,
  SourcesConfig,
  WorkerDatabaseConfig,
} from '@cairn/common';
import { IsInt, Min } from 'class-validator';

/** What only the worker needs to know. */
export class EmbeddingConfig {
  @Env('DEPENDENCY_PATIENCE_MS', { doc: 'Milliseconds that a job waits for Qdrant, Postgres or the model before it is put back.' })
  @IsInt()
  @Min(0)
  patienceMs: number = 20_000;
}

export class WorkerConfig {
  @Part() service!: ServiceConfig;
  @Part() embedding!: EmbeddingConfig;
  @Part() models!: ModelsConfig;
  @Part() database!: WorkerDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() qdrant!: QdrantConfig;
  @Part() blobs!: BlobsConfig;
  @Part() sources!: SourcesConfig;
  @Part() sourceSecrets!: SourceSecretsConfig;
  @Part() jobs!: JobsConfig;
  @Part() limits!: LimitsConfig;
  @Part() probes!: ProbeConfig;
}

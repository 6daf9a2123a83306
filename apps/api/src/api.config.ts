import {
  AppDatabaseConfig,
  AuthConfig,
  BlobsConfig,
  CursorConfig,
  Env,
  IsServiceUrl,
  JobsConfig,
  LimitsConfig,
  NatsConfig,
  Part,
  ProbeConfig,
  QdrantConfig,
  RatesConfig,
  ServiceConfig,
  SourceSecretsConfig,
  SourcesConfig,
} from '@cairn/common';
import { IsOptional, IsString } from 'class-validator';
import { AccountsConfig } from './accounts/accounts.config.js';

/** What only the api needs to know. */
export class GatewayConfig {
  @Env('SEARCH_URL', { doc: 'The search service; the api passes searches on to it.', example: 'http://127.0.0.1:8001' })
  @IsServiceUrl(['http', 'https'])
  searchUrl!: string;

  @Env('ALLOWED_ORIGINS', { doc: 'Origins of other pages that may open WebSockets, separated by commas.' })
  @IsOptional()
  @IsServiceUrl(['http', 'https'], { each: true })
  allowedOrigins?: string[];

  @Env('DASHBOARD_DIR', { doc: 'The built dashboard (apps/dashboard/dist), served at /ui/; without it there is none.' })
  @IsOptional()
  @IsString()
  dashboardDir?: string;
}

export class ApiConfig {
  @Part() service!: ServiceConfig;
  @Part() gateway!: GatewayConfig;
  @Part() cursors!: CursorConfig;
  @Part() database!: AppDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() qdrant!: QdrantConfig;
  @Part() blobs!: BlobsConfig;
  @Part() auth!: AuthConfig;
  @Part() accounts!: AccountsConfig;
  @Part() jobs!: JobsConfig;
  @Part() limits!: LimitsConfig;
  @Part() rates!: RatesConfig;
  @Part() sources!: SourcesConfig;
  @Part() sourceSecrets!: SourceSecretsConfig;
  @Part() probes!: ProbeConfig;
}

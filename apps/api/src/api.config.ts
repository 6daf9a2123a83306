import {
  AppDatabaseConfig,
  AuthConfig,
  BlobsConfig,
  type ChecksItself,
  type ConfigProblem,
  Env,
  EnvironmentConfig,
  IsServiceUrl,
  JobsConfig,
  LimitsConfig,
  NatsConfig,
  Part,
  ProbeConfig,
  QdrantConfig,
  ServiceConfig,
  SourceSecretsConfig,
  SourcesConfig,
} from '@cairn/common';
import { IsOptional, IsString, MinLength } from 'class-validator';

const LOCAL_CURSOR_SECRET = 'local-cursor-secret';

/** What only the api needs to know. */
export class GatewayConfig extends EnvironmentConfig implements ChecksItself {
  @Env('SEARCH_URL', { doc: 'The search service; the api passes searches on to it.', example: 'http://127.0.0.1:8001' })
  @IsServiceUrl(['http', 'https'])
  searchUrl!: string;

  @Env('ALLOWED_ORIGINS', { doc: 'Origins of other pages that may open WebSockets, separated by commas.' })
  @IsOptional()
  @IsServiceUrl(['http', 'https'], { each: true })
  allowedOrigins?: string[];

  @Env('CURSOR_SECRET', { doc: 'Seals cursors of lists and feeds; the same for every instance of the api.', secret: true })
  @IsString()
  @MinLength(16)
  cursorSecret: string = LOCAL_CURSOR_SECRET;

  @Env('DASHBOARD_DIR', { doc: 'The built dashboard (apps/dashboard/dist), served at /ui/; without it there is none.' })
  @IsOptional()
  @IsString()
  dashboardDir?: string;

  problems(): ConfigProblem[] {
    if (this.isLocal || this.cursorSecret !== LOCAL_CURSOR_SECRET) return [];
    return [{ name: 'CURSOR_SECRET', message: `must be set to a secret of its own when CAIRN_ENV is ${this.env}` }];
  }
}

export class ApiConfig {
  @Part() service!: ServiceConfig;
  @Part() gateway!: GatewayConfig;
  @Part() database!: AppDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() qdrant!: QdrantConfig;
  @Part() blobs!: BlobsConfig;
  @Part() auth!: AuthConfig;
  @Part() jobs!: JobsConfig;
  @Part() limits!: LimitsConfig;
  @Part() sources!: SourcesConfig;
  @Part() sourceSecrets!: SourceSecretsConfig;
  @Part() probes!: ProbeConfig;
}

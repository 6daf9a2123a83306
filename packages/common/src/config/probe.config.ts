import { IsBoolean, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';

/** What /readyz asks, for how long, and how long an answer stands. */
export class ProbeConfig extends EnvironmentConfig {
  @Env('ENABLE_PG', { doc: 'This service needs Postgres; false takes it out of /readyz.' })
  @IsBoolean()
  enablePg: boolean = true;

  @Env('ENABLE_QDRANT', { doc: 'This service needs Qdrant; false takes it out of /readyz.' })
  @IsBoolean()
  enableQdrant: boolean = true;

  @Env('ENABLE_NATS', { doc: 'This service needs NATS; false takes it out of /readyz.' })
  @IsBoolean()
  enableNats: boolean = true;

  @Env('ENABLE_MODEL', { doc: 'This service needs the embedding model; false takes it out of /readyz.' })
  @IsBoolean()
  enableModel: boolean = true;

  @Env('PROBE_TIMEOUT_MS', { doc: 'Milliseconds one attempt of a probe may take.' })
  @IsInt()
  @Min(10)
  @Max(10_000)
  timeoutMs: number = 500;

  @Env('PROBE_RETRIES', { doc: 'Further attempts of a failed probe, 100 ms and 200 ms later.' })
  @IsInt()
  @Min(0)
  @Max(5)
  retries: number = 2;

  @Env('PROBE_CACHE_SEC', { doc: 'Seconds for which a good answer stands.' })
  @IsNumber()
  @Min(0)
  cacheSec: number = 10;

  @Env('PROBE_FAILURE_CACHE_SEC', { doc: 'Seconds for which a bad answer stands; by default 30, and 1 locally so that a recovery shows at once.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  failureCacheSec?: number;

  /** Seconds for which a failure stands, with its default for this environment. */
  get failureCacheSeconds(): number {
    return this.failureCacheSec ?? (this.isLocal ? 1 : 30);
  }
}

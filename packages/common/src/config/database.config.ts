import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { IsServiceUrl } from './is-service-url.decorator.js';

const SCHEMES = ['postgres', 'postgresql'];

/** How to use Postgres; the classes below say as which role. */
export abstract class DatabaseConfig {
  abstract url: string;

  @Env('DATABASE_OWNER_URL', { doc: 'Postgres as the owner of the tables. When given, the service migrates at start, under an advisory lock.', secret: true })
  @IsOptional()
  @IsServiceUrl(SCHEMES)
  ownerUrl?: string;

  @Env('DATABASE_POOL_SIZE', { doc: 'Connections to Postgres of one process.' })
  @IsInt()
  @Min(1)
  @Max(200)
  poolSize: number = 10;

  @Env('DATABASE_CONNECT_TIMEOUT_MS', { doc: 'Milliseconds to wait for a connection before the request gets 503.' })
  @IsInt()
  @Min(50)
  connectTimeoutMs: number = 3_000;

  @Env('DATABASE_ANSWER_TIMEOUT_MS', { doc: 'Milliseconds after which a statement without an answer is given up and its outcome counts as unknown.' })
  @IsInt()
  @Min(100)
  answerTimeoutMs: number = 15_000;

  @Env('DATABASE_TLS', { doc: 'Encrypt the connections to Postgres and verify its certificate.' })
  @IsBoolean()
  tls: boolean = false;
}

/** Row-level security applies: the api and the search service. */
export class AppDatabaseConfig extends DatabaseConfig {
  @Env('DATABASE_URL', {
    doc: 'Postgres as the application role, which row-level security holds to one organisation.',
    secret: true,
    example: 'postgres://cairn_app:password@127.0.0.1:5432/cairn',
  })
  @IsServiceUrl(SCHEMES)
  url!: string;
}

/** The embedding worker's role. */
export class WorkerDatabaseConfig extends DatabaseConfig {
  @Env('DATABASE_WORKER_URL', {
    doc: 'Postgres as the role of the embedding worker.',
    secret: true,
    example: 'postgres://cairn_worker:password@127.0.0.1:5432/cairn',
  })
  @IsServiceUrl(SCHEMES)
  url!: string;
}

/** The role that sees the outbox of every organisation and nothing else. */
export class DispatchDatabaseConfig extends DatabaseConfig {
  @Env('DATABASE_DISPATCH_URL', {
    doc: 'Postgres as the role of the outbox dispatcher.',
    secret: true,
    example: 'postgres://cairn_dispatch:password@127.0.0.1:5432/cairn',
  })
  @IsServiceUrl(SCHEMES)
  url!: string;
}

import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What every service needs to know about itself. */
export class ServiceConfig extends EnvironmentConfig {
  @Env('PORT', { doc: 'Port of this service; the launcher gives each service its own, counted from the base port.' })
  @IsInt()
  @Min(0)
  @Max(65535)
  port: number = 8000;

  @Env('HOST', { doc: 'Address to listen on; 0.0.0.0 in containers.' })
  @IsString()
  host: string = '127.0.0.1';

  @Env('TRUSTED_PROXIES', {
    doc: 'Addresses or networks of proxies, separated by commas, whose X-Forwarded-For is believed. Not set: the address of a client is that of its connection.',
    example: '10.0.0.0/8',
  })
  @IsOptional()
  @Matches(/^[0-9a-f.:]+(\/\d{1,3})?$/i, { each: true, message: 'each value in $property must be an address or a network' })
  trustedProxies?: string[];

  @Env('METRICS_PORT', {
    doc: 'Port for /metrics outside local and test, where the public port does not show them. Not set: no metrics there.',
    example: '9090',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  metricsPort?: number;

  @Env('LOG_LEVEL', { doc: 'fatal, error, warn, info, debug, trace or silent.' })
  @IsIn(LOG_LEVELS)
  logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @Env('CAIRN_NAMESPACE', { doc: 'Prefix of streams, subjects and Qdrant collections, so that several systems can share servers.' })
  @Matches(/^[a-z][a-z0-9-]{0,30}$/, { message: '$property must be lower-case letters, digits and hyphens, at most 31' })
  namespace: string = 'cairn';

  @Env('DRAIN_DELAY_MS', {
    doc: 'Milliseconds between announcing the shutdown (readyz?for=traffic) and acting on it; for load balancers without a preStop hook.',
  })
  @IsInt()
  @Min(0)
  @Max(15_000)
  drainDelayMs: number = 0;

  @Env('DRAIN_WORK_MS', { doc: 'Milliseconds that requests and jobs in flight get at a shutdown before they are cut off or handed back.' })
  @IsInt()
  @Min(0)
  @Max(14_000)
  drainWorkMs: number = 13_000;
}

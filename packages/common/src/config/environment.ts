import { IsIn } from 'class-validator';
import { Env } from './env.decorator.js';

export const ENVIRONMENTS = ['local', 'test', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** For configuration whose rules or defaults depend on where the process runs. */
export abstract class EnvironmentConfig {
  @Env('CAIRN_ENV', { doc: 'Where this runs: local, test, staging or production. Local and test allow dev tokens and open metrics.', aliases: ['HEIMDEX_ENV'] })
  @IsIn(ENVIRONMENTS)
  env: Environment = 'local';

  /** True on a developer's machine and in tests, where convenience may win over caution. */
  get isLocal(): boolean {
    return this.env === 'local' || this.env === 'test';
  }
}

import { IsString, MinLength } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';

const LOCAL_SECRET = 'local-cursor-secret';

/** What cursors are sealed with. */
export class CursorConfig extends EnvironmentConfig implements ChecksItself {
  @Env('CURSOR_SECRET', { doc: 'Seals cursors of lists, feeds and searches; the same for every instance of the api and of search.', secret: true })
  @IsString()
  @MinLength(16)
  secret: string = LOCAL_SECRET;

  problems(): ConfigProblem[] {
    if (this.isLocal || this.secret !== LOCAL_SECRET) return [];
    return [{ name: 'CURSOR_SECRET', message: `must be set to a secret of its own when CAIRN_ENV is ${this.env}` }];
  }
}

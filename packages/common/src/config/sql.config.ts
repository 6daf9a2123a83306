import { IsBoolean, IsOptional } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';

/** What statements may ask for besides rows. */
export class SqlConfig extends EnvironmentConfig implements ChecksItself {
  @Env('SQL_SIMULATE_FAULTS', {
    doc: 'Statements may ask for faults of collections (simulate), so that clients can test how they take them. By default where CAIRN_ENV is local or test.',
  })
  @IsOptional()
  @IsBoolean()
  simulateFaults?: boolean;

  get simulatesFaults(): boolean {
    return this.simulateFaults ?? this.isLocal;
  }

  problems(): ConfigProblem[] {
    if (this.isLocal || !this.simulateFaults) return [];
    return [{ name: 'SQL_SIMULATE_FAULTS', message: `must be left out when CAIRN_ENV is ${this.env}: whoever may search could make his searches fail` }];
  }
}

import { IsInt, IsOptional, Max, Min } from 'class-validator';
import type { RateClass } from '../shell/endpoints/rate-class.js';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';

/** Of whom requests are counted together. */
export const RATE_SUBJECTS = ['organisation', 'caller', 'address', 'account'] as const;
export type RateSubject = (typeof RATE_SUBJECTS)[number];

type Rates = Record<RateSubject, Partial<Record<RateClass, number>>>;

const MOST = 1_000_000_000;

const DEFAULTS: Rates = {
  organisation: { reads: 60_000, writes: 12_000, searches: 12_000, uploads: 6_000 },
  caller: { reads: 12_000, writes: 3_000, searches: 3_000, uploads: 1_200 },
  address: { logins: 60 },
  account: { logins: 10 },
};

// Programs that try a whole system out on one machine are to meet no limit that they did not ask for.
const LOCAL_DEFAULTS: Rates = {
  organisation: { reads: 3_000_000, writes: 3_000_000, searches: 3_000_000, uploads: 3_000_000 },
  caller: { reads: 3_000_000, writes: 3_000_000, searches: 3_000_000, uploads: 3_000_000 },
  address: { logins: 60_000 },
  account: { logins: 600 },
};

/** How many requests a minute. As many may come at once; 0 is no limit. Each process counts for itself. */
export class RatesConfig extends EnvironmentConfig {
  @Env('RATE_ORG_READS', { doc: 'Reads of an organisation in a minute; 0 is no limit. By default 60000, and 3000000 where CAIRN_ENV is local or test.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  orgReads?: number;

  @Env('RATE_ORG_WRITES', { doc: 'Writes of an organisation in a minute; 0 is no limit. By default 12000, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  orgWrites?: number;

  @Env('RATE_ORG_SEARCHES', {
    doc: 'Searches, and what else waits for a model, of an organisation in a minute; 0 is no limit. By default 12000, locally 3000000.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  orgSearches?: number;

  @Env('RATE_ORG_UPLOADS', { doc: 'Requests of an organisation in a minute that may carry files; 0 is no limit. By default 6000, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  orgUploads?: number;

  @Env('RATE_CALLER_READS', { doc: 'Reads of one user or API key in a minute; 0 is no limit. By default 12000, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  callerReads?: number;

  @Env('RATE_CALLER_WRITES', { doc: 'Writes of one user or API key in a minute; 0 is no limit. By default 3000, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  callerWrites?: number;

  @Env('RATE_CALLER_SEARCHES', { doc: 'Searches of one user or API key in a minute; 0 is no limit. By default 3000, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  callerSearches?: number;

  @Env('RATE_CALLER_UPLOADS', { doc: 'Uploads of one user or API key in a minute; 0 is no limit. By default 1200, locally 3000000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  callerUploads?: number;

  @Env('RATE_LOGINS', { doc: 'Logins, registrations and the like from one address in a minute; 0 is no limit. By default 60, locally 60000.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  logins?: number;

  @Env('RATE_ACCOUNT_LOGINS', {
    doc: 'Wrong passwords for one account in a minute, from wherever; 0 is no limit. By default 10, locally 600.',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MOST)
  accountLogins?: number;

  /** What holds, with the defaults of where this runs; 0 is no limit. */
  perMinute(of: RateSubject, rateClass: RateClass): number {
    const defaults = this.isLocal ? LOCAL_DEFAULTS : DEFAULTS;
    return this.given()[of][rateClass] ?? defaults[of][rateClass] ?? 0;
  }

  private given(): Record<RateSubject, { [rateClass in RateClass]?: number | undefined }> {
    return {
      organisation: { reads: this.orgReads, writes: this.orgWrites, searches: this.orgSearches, uploads: this.orgUploads },
      caller: { reads: this.callerReads, writes: this.callerWrites, searches: this.callerSearches, uploads: this.callerUploads },
      address: { logins: this.logins },
      account: { logins: this.accountLogins },
    };
  }
}

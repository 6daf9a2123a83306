import { Env, EnvironmentConfig } from '@cairn/common';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';

/** Who may have an account here, and for how long a login lasts. */
export class AccountsConfig extends EnvironmentConfig {
  @Env('AUTH_REGISTRATION', { doc: 'Whether everybody may register, with an organisation of his own; by default only where CAIRN_ENV is local or test.' })
  @IsOptional()
  @IsBoolean()
  registration?: boolean;

  @Env('AUTH_ACCESS_TOKEN_SEC', { doc: 'Seconds for which an access token is good.' })
  @IsInt()
  @Min(1)
  @Max(3_600)
  accessTokenSec: number = 900;

  @Env('AUTH_SESSION_DAYS', { doc: 'Days after which a login has to be repeated, however often it was refreshed.' })
  @IsInt()
  @Min(1)
  @Max(365)
  sessionDays: number = 30;

  @Env('AUTH_INVITATION_DAYS', { doc: 'Days for which an invitation is good.' })
  @IsInt()
  @Min(1)
  @Max(90)
  invitationDays: number = 7;

  get registrationIsOpen(): boolean {
    return this.registration ?? this.isLocal;
  }
}

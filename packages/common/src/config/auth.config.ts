import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';
import { IsServiceUrl } from './is-service-url.decorator.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';

const LOCAL_TOKEN_SECRET = 'local-token-secret-for-one-machine-only';

/** Who may call: signed dev tokens on a developer's machine, tokens of an identity provider elsewhere. */
export class AuthConfig extends EnvironmentConfig implements ChecksItself {
  @Env('AUTH_PROVIDER', {
    doc: 'dev (HS256 with DEV_JWT_SECRET; local and test only), jwks (keys of an identity provider; supabase means the same), or accounts (only those that are kept here).',
  })
  @IsIn(['dev', 'jwks', 'supabase', 'accounts'])
  provider: 'dev' | 'jwks' | 'supabase' | 'accounts' = 'dev';

  @Env('AUTH_TOKEN_SECRET', {
    doc: 'Signs the access tokens of accounts that are kept here; the same for the api and the search service. Not set outside local and test: there are no accounts.',
    secret: true,
  })
  @IsOptional()
  @IsString()
  @MinLength(32)
  accountSecret?: string;

  @Env('DEV_JWT_SECRET', { doc: 'Signs and verifies dev tokens.', secret: true })
  @IsString()
  @MinLength(8)
  devJwtSecret: string = 'local-dev-secret';

  @Env('AUTH_JWKS_URL', { doc: 'Where the identity provider publishes its keys.', example: 'https://id.example.org/.well-known/jwks.json' })
  @IsOptional()
  @IsServiceUrl(['http', 'https'])
  jwksUrl?: string;

  @Env('AUTH_ISSUER', { doc: 'The `iss` that tokens must carry.', example: 'https://id.example.org/' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  issuer?: string;

  @Env('AUTH_AUDIENCE', { doc: 'The `aud` that tokens must carry, when set.' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  audience?: string;

  @Env('AUTH_CLOCK_TOLERANCE_SEC', { doc: 'Seconds by which the clock of the identity provider may differ.' })
  @IsInt()
  @Min(0)
  @Max(30)
  clockToleranceSec: number = 30;

  @Env('AUTH_PROVISION', { doc: 'Create organisations and users that a valid token names; by default only with dev tokens.' })
  @IsOptional()
  @IsBoolean()
  provision?: boolean;

  /** True when an organisation or user in a valid token is created at first use. */
  get provisionAtFirstUse(): boolean {
    return this.provision ?? this.usesDevTokens;
  }

  /** True when HS256 dev tokens are accepted, and only those. */
  get usesDevTokens(): boolean {
    return this.provider === 'dev';
  }

  /** What access tokens of accounts are signed with; undefined where there are no accounts. */
  get tokenSecret(): string | undefined {
    return this.accountSecret ?? (this.isLocal ? LOCAL_TOKEN_SECRET : undefined);
  }

  problems(): ConfigProblem[] {
    const problems = this.problemsOfAccounts();
    if (this.provider === 'accounts') return problems;
    return [...problems, ...(this.usesDevTokens ? this.problemsOfDev() : this.problemsOfJwks())];
  }

  private problemsOfAccounts(): ConfigProblem[] {
    if (this.isLocal) return [];
    if (this.accountSecret === LOCAL_TOKEN_SECRET) return [{ name: 'AUTH_TOKEN_SECRET', message: `must be a secret of its own when CAIRN_ENV is ${this.env}` }];
    if (this.provider !== 'accounts' || this.accountSecret !== undefined) return [];
    return [{ name: 'AUTH_TOKEN_SECRET', message: 'is missing; AUTH_PROVIDER=accounts needs a secret of at least 32 characters to sign access tokens with' }];
  }

  private problemsOfDev(): ConfigProblem[] {
    if (this.isLocal) return [];
    return [
      {
        name: 'AUTH_PROVIDER',
        message: `dev tokens are refused when CAIRN_ENV is ${this.env}; set AUTH_PROVIDER=jwks with AUTH_JWKS_URL and AUTH_ISSUER, or AUTH_PROVIDER=accounts with AUTH_TOKEN_SECRET`,
      },
    ];
  }

  private problemsOfJwks(): ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    if (!this.jwksUrl) problems.push({ name: 'AUTH_JWKS_URL', message: `is missing; AUTH_PROVIDER=${this.provider} needs the address of the keys` });
    if (!this.issuer) problems.push({ name: 'AUTH_ISSUER', message: `is missing; AUTH_PROVIDER=${this.provider} needs the issuer of the tokens` });
    if (!this.isLocal && this.jwksUrl && !this.jwksUrl.startsWith('https://'))
      problems.push({ name: 'AUTH_JWKS_URL', message: `must start with https:// when CAIRN_ENV is ${this.env}` });
    return problems;
  }
}

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { AuthConfig } from './auth.config.js';
import { AppDatabaseConfig } from './database.config.js';
import { Env, Part } from './env.decorator.js';
import { ConfigError, type ConfigProblem, loadConfig } from './load-config.js';
import { NatsConfig } from './nats.config.js';
import { ProbeConfig } from './probe.config.js';
import { ServiceConfig } from './service.config.js';

class Limits {
  @Env('SLOTS', { doc: 'How many at once.' })
  @IsInt()
  @Min(1)
  @Max(9)
  slots: number = 4;
}

class WholeConfig {
  @Part() service!: ServiceConfig;
  @Part() database!: AppDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() limits!: Limits;
}

class TokenConfig {
  @Env('THE_TOKEN', { doc: 'A token.', secret: true })
  @IsOptional()
  @IsString()
  token?: string;

  @Env('THE_PIN', { doc: 'A pin.', secret: true })
  @IsOptional()
  @IsInt()
  pin?: number;
}

const GOOD = { DATABASE_URL: 'postgres://u:p@127.0.0.1:5432/cairn', NATS_URL: 'nats://127.0.0.1:4222' };

function problemsOf(action: () => unknown): ConfigProblem[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const namesOf = (action: () => unknown) => problemsOf(action).map((problem) => problem.name);

describe('loadConfig', () => {
  it('gives the defaults where the environment says nothing', () => {
    const config = loadConfig(WholeConfig, GOOD);
    expect(config.service).toMatchObject({ port: 8000, host: '127.0.0.1', env: 'local', namespace: 'cairn' });
    expect(config.limits.slots).toBe(4);
  });

  it('converts numbers, switches and lists', () => {
    const config = loadConfig(WholeConfig, { ...GOOD, PORT: '9001', DATABASE_TLS: 'yes', NATS_URL: 'nats://a:1, nats://b:2' });
    expect(config.service.port).toBe(9001);
    expect(config.database.tls).toBe(true);
    expect(config.nats.urls).toEqual(['nats://a:1', 'nats://b:2']);
  });

  it('names every bad variable at once, those of nested parts too', () => {
    const action = () =>
      loadConfig(WholeConfig, {
        CAIRN_ENV: 'moon',
        PORT: 'eighty',
        DATABASE_URL: 'mysql://x',
        DATABASE_TLS: 'perhaps',
        SLOTS: '10',
        CAIRN_NAMESPACE: 'Not Good',
      });
    expect(namesOf(action).sort()).toEqual(['CAIRN_ENV', 'CAIRN_NAMESPACE', 'DATABASE_TLS', 'DATABASE_URL', 'NATS_URL', 'PORT', 'SLOTS']);
  });

  it('says what is wrong, what to set and what the variable is for', () => {
    const [missing] = problemsOf(() => loadConfig(WholeConfig, { DATABASE_URL: GOOD.DATABASE_URL }));
    expect(missing).toEqual({
      name: 'NATS_URL',
      message: 'is missing; set it or NATS_URL_FILE, for example nats://127.0.0.1:4222 (NATS server with JetStream; several are separated by commas.)',
    });
    const [tooBig] = problemsOf(() => loadConfig(WholeConfig, { ...GOOD, SLOTS: '10' }));
    expect(tooBig?.message).toBe('must not be greater than 9, it is 10; set it (How many at once.)');
  });

  it('refuses fractions and words where whole numbers are needed', () => {
    for (const SLOTS of ['1.5', 'three', '0x10', 'Infinity', '--1', ' ']) expect(namesOf(() => loadConfig(Limits, { SLOTS }))).toEqual(['SLOTS']);
  });

  it('takes an empty value for none, as compose files write it', () => {
    expect(loadConfig(Limits, { SLOTS: '' }).slots).toBe(4);
  });

  it('accepts the alias of a variable, and prefers its name', () => {
    expect(loadConfig(ServiceConfig, { HEIMDEX_ENV: 'test' }).env).toBe('test');
    expect(loadConfig(ServiceConfig, { HEIMDEX_ENV: 'test', CAIRN_ENV: 'staging' }).env).toBe('staging');
  });

  it('reads a secret from the file its _FILE names, without the last line break', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'cairn-config-')), 'token');
    writeFileSync(path, 'from-a-file\n');
    expect(loadConfig(TokenConfig, { THE_TOKEN_FILE: path }).token).toBe('from-a-file');
  });

  it('reports a secret file that cannot be read, and a secret given twice', () => {
    expect(problemsOf(() => loadConfig(TokenConfig, { THE_TOKEN_FILE: '/no/such/file' }))[0]?.message).toMatch(/cannot be read \(ENOENT\)/);
    expect(problemsOf(() => loadConfig(TokenConfig, { THE_TOKEN_FILE: '/x', THE_TOKEN: 'y' }))[0]?.message).toMatch(/both set/);
  });

  it('never repeats the value of a secret', () => {
    const action = () => loadConfig(WholeConfig, { ...GOOD, DATABASE_URL: 'hunter2hunter2' });
    expect(JSON.stringify(problemsOf(action))).not.toContain('hunter2');
    expect(JSON.stringify(problemsOf(() => loadConfig(TokenConfig, { THE_PIN: 'hunter2' })))).not.toContain('hunter2');
  });
});

describe('AuthConfig', () => {
  it('T5: refuses dev tokens anywhere but locally and in tests', () => {
    for (const CAIRN_ENV of ['local', 'test']) expect(loadConfig(AuthConfig, { CAIRN_ENV }).usesDevTokens).toBe(true);
    for (const CAIRN_ENV of ['staging', 'production'])
      expect(namesOf(() => loadConfig(AuthConfig, { CAIRN_ENV, AUTH_PROVIDER: 'dev' }))).toEqual(['AUTH_PROVIDER']);
  });

  it('needs the keys and the issuer of an identity provider, over https outside local', () => {
    expect(namesOf(() => loadConfig(AuthConfig, { AUTH_PROVIDER: 'jwks' }))).toEqual(['AUTH_JWKS_URL', 'AUTH_ISSUER']);
    const env = { AUTH_PROVIDER: 'supabase', CAIRN_ENV: 'production', AUTH_ISSUER: 'https://id/', AUTH_JWKS_URL: 'http://id/keys' };
    expect(namesOf(() => loadConfig(AuthConfig, env))).toEqual(['AUTH_JWKS_URL']);
    expect(loadConfig(AuthConfig, { ...env, AUTH_JWKS_URL: 'https://id/keys' }).usesDevTokens).toBe(false);
  });
});

describe('ProbeConfig', () => {
  it('remembers a failure for 30 s, and for 1 s locally', () => {
    expect(loadConfig(ProbeConfig, { CAIRN_ENV: 'production' }).failureCacheSeconds).toBe(30);
    expect(loadConfig(ProbeConfig, {}).failureCacheSeconds).toBe(1);
    expect(loadConfig(ProbeConfig, { PROBE_FAILURE_CACHE_SEC: '7' }).failureCacheSeconds).toBe(7);
  });
});

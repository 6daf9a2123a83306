import { describe, expect, it } from '@jest/globals';
import { AuthConfig } from './auth.config.js';
import { ConfigError, loadConfig } from './load-config.js';

const SECRET = 'a secret of at least thirty-two characters';

function namedProblems(env: Record<string, string>): string[] {
  try {
    loadConfig(AuthConfig, env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ name }) => name);
  }
}

const secretOf = (env: Record<string, string>) => loadConfig(AuthConfig, env).tokenSecret;

describe('who may call, by configuration', () => {
  it('T6: a system whose only callers are accounts does not start in production without a secret of its own', () => {
    const production = { CAIRN_ENV: 'production', AUTH_PROVIDER: 'accounts' };
    expect(namedProblems(production)).toEqual(['AUTH_TOKEN_SECRET']);
    expect(namedProblems({ ...production, AUTH_TOKEN_SECRET: 'too short' })).toEqual(['AUTH_TOKEN_SECRET']);
    expect(namedProblems({ ...production, AUTH_TOKEN_SECRET: secretOf({}) as string })).toEqual(['AUTH_TOKEN_SECRET']);
    expect(namedProblems({ ...production, AUTH_TOKEN_SECRET: SECRET })).toEqual([]);
  });

  it('T6: beside an identity provider there are accounts where there is a secret, and locally always', () => {
    const jwks = { CAIRN_ENV: 'production', AUTH_PROVIDER: 'jwks', AUTH_JWKS_URL: 'https://id.example.org/keys', AUTH_ISSUER: 'https://id.example.org/' };
    expect([secretOf(jwks), secretOf({ ...jwks, AUTH_TOKEN_SECRET: SECRET }), secretOf({}) === undefined]).toEqual([undefined, SECRET, false]);
  });

  it('T5: dev tokens are refused in production, with or without accounts', () => {
    expect(namedProblems({ CAIRN_ENV: 'production', AUTH_PROVIDER: 'dev', AUTH_TOKEN_SECRET: SECRET })).toEqual(['AUTH_PROVIDER']);
  });
});

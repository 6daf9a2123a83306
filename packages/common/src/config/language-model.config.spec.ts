import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { LanguageModelConfig } from './language-model.config.js';
import { ConfigError, loadConfig } from './load-config.js';

const GOOD = { CAIRN_LLM_BASE_URL: 'https://api.example.org/v1', CAIRN_LLM_MODEL: 'their-model', CAIRN_LLM_API_KEY: 'a-secret-key' };

const load = (env: Record<string, string>) => loadConfig(LanguageModelConfig, env);

function refusedOf(env: Record<string, string>): { names: string[]; message: string } {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return { names: error.problems.map(({ name }) => name), message: error.message };
    throw error;
  }
  return { names: [], message: '' };
}

describe('Q12: CAIRN_LLM_*', () => {
  it('names a model and where it is; none when nothing is set, and no key where it wants none', () => {
    expect(load(GOOD).provider).toEqual({ url: 'https://api.example.org/v1', apiKey: 'a-secret-key', model: 'their-model' });
    expect(load({}).provider).toBeUndefined();
    expect(load({ CAIRN_LLM_DEADLINE_MS: '300' })).toMatchObject({ provider: undefined, deadlineMs: 300 });
    const { CAIRN_LLM_API_KEY: _key, ...keyless } = GOOD;
    expect(load(keyless).provider?.apiKey).toBeUndefined();
  });

  it.each([
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/', 'http://127.0.0.1:11434/v1'],
    ['https://api.example.org/openai/v3/', 'https://api.example.org/openai/v3/'],
  ])('an address without a path means its first version: %s', (baseUrl, url) => {
    expect(load({ ...GOOD, CAIRN_LLM_BASE_URL: baseUrl }).provider?.url).toBe(url);
  });

  it.each([
    [{ CAIRN_LLM_BASE_URL: GOOD.CAIRN_LLM_BASE_URL }, ['CAIRN_LLM_MODEL']],
    [{ CAIRN_LLM_MODEL: 'x' }, ['CAIRN_LLM_BASE_URL']],
    [{ CAIRN_LLM_API_KEY: 'x' }, ['CAIRN_LLM_BASE_URL', 'CAIRN_LLM_MODEL']],
    [{ ...GOOD, CAIRN_LLM_BASE_URL: 'https://user:password@api.example.org' }, ['CAIRN_LLM_BASE_URL']],
    [{ ...GOOD, CAIRN_LLM_BASE_URL: 'https://api.example.org/v1?key=1' }, ['CAIRN_LLM_BASE_URL']],
    [
      { CAIRN_LLM_BASE_URL: 'ftp://x', CAIRN_LLM_API_KEY: 'two words', CAIRN_LLM_MODEL: 'x'.repeat(201), CAIRN_LLM_DEADLINE_MS: '6000' },
      ['CAIRN_LLM_BASE_URL', 'CAIRN_LLM_API_KEY', 'CAIRN_LLM_MODEL', 'CAIRN_LLM_DEADLINE_MS'],
    ],
  ])('T12: all or nothing, everything that is wrong at once, and no message repeats a secret: %j', (env, names) => {
    const { names: refused, message } = refusedOf(env as unknown as Record<string, string>);
    expect(refused.sort()).toEqual([...names].sort());
    for (const secret of ['two words', 'password@', 'a-secret-key']) expect(message).not.toContain(secret);
  });
});

import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './load-config.js';
import { ModelsConfig } from './models.config.js';

const GOOD = { id: 'their-model', url: 'https://api.example.org/v1', dimension: 1536, max_tokens: 8191, api_key: 'a-secret-key' };

const load = (models: unknown) => loadConfig(ModelsConfig, { REMOTE_MODELS: typeof models === 'string' ? models : JSON.stringify(models) });

function refusalOf(models: unknown): string {
  try {
    load(models);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('E17: REMOTE_MODELS', () => {
  it('names the models of providers; none when it is not set', () => {
    expect(load([GOOD]).remoteModels).toEqual([GOOD]);
    expect(loadConfig(ModelsConfig, {}).remoteModels).toEqual([]);
  });

  it('says everything that is wrong at once', () => {
    const refusal = refusalOf([
      { ...GOOD, url: 'ftp://x' },
      { id: '../x', url: GOOD.url, dimension: 0, max_tokens: 1, aliases: ['their-model'], temperature: 1 },
    ]);
    for (const part of ['REMOTE_MODELS', 'model 1: url', 'model 2: id', 'dimension', 'temperature', 'two models have the name their-model'])
      expect(refusal).toContain(part);
  });

  it.each(['{', '{}', '[1]', '[null]'])('%s is refused, not read as something else', (json) => {
    expect(refusalOf(json)).toContain('REMOTE_MODELS');
  });

  it('T12: no message repeats a key', () => {
    expect(refusalOf([{ ...GOOD, dimension: -1 }])).not.toContain(GOOD.api_key);
    expect(refusalOf(`[${JSON.stringify(GOOD)}`)).not.toContain(GOOD.api_key);
  });
});

import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './load-config.js';
import { SourceSecretsConfig } from './source-secrets.config.js';

const KEY = Buffer.alloc(32, 7);
const OLD = Buffer.alloc(32, 8);

describe('I6: SOURCE_SECRET_KEY', () => {
  it('is 32 bytes as hex or base64, and may have been others before', () => {
    for (const key of [KEY.toString('hex'), KEY.toString('base64')])
      expect(loadConfig(SourceSecretsConfig, { SOURCE_SECRET_KEY: key, SOURCE_SECRET_OLD_KEYS: OLD.toString('base64') }).keys).toEqual([KEY, OLD]);
  });

  it.each(['short', KEY.toString('hex').slice(1), `${KEY.toString('base64')}A`])('%s is refused, and not repeated', (key) => {
    const load = () => loadConfig(SourceSecretsConfig, { SOURCE_SECRET_KEY: key });
    expect(load).toThrow('must be 32 bytes');
    expect(load).not.toThrow(key);
  });

  it('is needed outside of local and test', () => {
    expect(loadConfig(SourceSecretsConfig, {}).keys[0]).toHaveLength(32);
    expect(() => loadConfig(SourceSecretsConfig, { CAIRN_ENV: 'production' })).toThrow('SOURCE_SECRET_KEY: must be set');
    expect(loadConfig(SourceSecretsConfig, { CAIRN_ENV: 'production', SOURCE_SECRET_KEY: KEY.toString('hex') }).keys).toEqual([KEY]);
  });
});

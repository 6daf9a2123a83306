import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { AuthConfig } from './auth.config.js';
import { renderEnvExample } from './env-example.js';
import { ServiceConfig } from './service.config.js';

describe('.env.example', () => {
  it('shows each variable once, with its doc and default', () => {
    const text = renderEnvExample([ServiceConfig, AuthConfig]);
    expect(text.match(/^#CAIRN_ENV=local$/gm)).toHaveLength(1);
    expect(text).toContain('# Address to listen on; 0.0.0.0 in containers.\n#HOST=127.0.0.1\n');
  });

  it('leaves secrets empty, also those with a default', () => {
    expect(renderEnvExample([AuthConfig])).toMatch(/^#DEV_JWT_SECRET=$/m);
  });

  it('is in the repository as the built configuration classes say', () => {
    const script = fileURLToPath(new URL('../../dist/config/generate-env-example.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';

jest.setTimeout(60_000);

const DASHBOARD_DIR = fileURLToPath(new URL('../../../../apps/dashboard/dist', import.meta.url));

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api'], env: { DASHBOARD_DIR } });
}, 120_000);
afterAll(() => system?.stop());

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${system.baseUrl}${path}`, { headers, redirect: 'manual' });
const assetsOf = (html: string): string[] => [...html.matchAll(/(?:src|href)="(\/ui\/[^"]+)"/g)].map((match) => match[1] as string);

describe('the dashboard', () => {
  it('is where somebody looks who only knows the address, and needs no sign-in', async () => {
    for (const path of ['/', '/ui']) expect([(await get(path)).status, (await get(path)).headers.get('location')]).toEqual([302, '/ui/']);
    const page = await get('/ui/');
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    expect(await page.text()).toContain('<h1>Cairn</h1>');
  });

  it('loads only its own files, which never change under their name', async () => {
    const assets = assetsOf(await (await get('/ui/')).text());
    expect(assets.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js', 'svg']);
    for (const path of assets) {
      const asset = await get(path);
      expect([path, asset.status]).toEqual([path, 200]);
      if (path.startsWith('/ui/assets/')) expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('I12: allows no inline script, no other host and no frame', async () => {
    const page = await get('/ui/');
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(await page.text()).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('comes compressed to whoever can read that', async () => {
    const [path] = assetsOf(await (await get('/ui/')).text()).filter((one) => one.endsWith('.js')) as [string];
    const [plain, packed] = [await get(path, { 'accept-encoding': 'identity' }), await get(path, { 'accept-encoding': 'br' })];
    expect([plain.headers.get('content-encoding'), packed.headers.get('content-encoding')]).toEqual([null, 'br']);
    expect(await packed.text()).toBe(await plain.text());
  });

  it('answers every address below it with the page, and reaches no other file', async () => {
    const index = readFileSync(`${DASHBOARD_DIR}/index.html`, 'utf8');
    for (const path of ['/ui/jobs/1', '/ui/..%2f..%2fpackage.json', '/ui/%2e%2e/%2e%2e/package.json', '/ui/assets/../../../package.json', '/ui/index.html']) {
      const answer = await get(path);
      if (answer.status === 200) expect(await answer.text()).toBe(index);
      else expect([404, 401]).toContain(answer.status);
    }
  });

  it('takes nothing from the routes of the api', async () => {
    expect((await get('/readyz')).headers.get('content-type')).toContain('application/json');
    expect(await (await get('/nothing')).json()).toMatchObject({ status: 404, code: 'not_found' });
    expect((await fetch(`${system.baseUrl}/ui/`, { method: 'POST' })).status).toBe(405);
  });

  it('refuses to start with a folder that holds no dashboard', async () => {
    const api = system.service('api');
    await api.kill();
    api.start({ DASHBOARD_DIR: '/nonexistent' });
    expect(await api.gone()).toBe(1);
    expect(api.log()).toContain('DASHBOARD_DIR is /nonexistent');
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';

jest.setTimeout(60_000);

const SEARCHES = 12;

let system: TestSystem;

beforeAll(async () => {
  system = await TestSystem.start({ env: { SEARCHES_AT_ONCE: '1', SEARCHES_AT_ONCE_BESIDE: '1' } });
}, 120_000);
afterAll(() => system?.stop());

async function queued(): Promise<number> {
  const text = await (await fetch(`${system.service('search').url}/metrics`)).text();
  return Number(/^cairn_searches_queued_total(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1] ?? 0);
}

it('V5: where nothing was ever embedded, a search finds nothing', async () => {
  expect(await system.client().ok('POST', '/vectors/search', { query: 'a stone' })).toMatchObject({ results: [], total: 0 });
});

describe('searches of one organisation', () => {
  it.each([
    ['/vectors/search', { query: 'a stone' }],
    ['/api/v2/search', { query: 'a stone' }],
    ['/api/v2/search/batch', { searches: [{ query: 'a stone' }, { query: 'a cairn' }] }],
  ])('G18: are all answered when more are sent to %s than are made at once, and so are those of others', async (path, body) => {
    const [large, small] = [system.client(), system.client()];
    const before = await queued();
    const search = (client: typeof large) => client.call('POST', path, body);
    const replies = await Promise.all([...Array.from({ length: SEARCHES }, () => search(large)), search(small)]);
    expect(replies.map(({ status }) => status)).toEqual(Array(SEARCHES + 1).fill(200));
    expect(await queued()).toBeGreaterThan(before);
  });
});

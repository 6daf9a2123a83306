import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient, devToken, newPerson, type Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { readSocket } from './read-socket.js';

jest.setTimeout(60_000);

const READS = 20;
const UPLOADS = 2;

let system: TestSystem;

// No search service: what the guard refuses goes no further.
beforeAll(async () => {
  const env = { RATE_ORG_READS: String(READS), RATE_ORG_UPLOADS: String(UPLOADS), RATE_ORG_SEARCHES: '1', RATE_CALLER_WRITES: '3', RATE_ORG_WRITES: '0' };
  system = await TestSystem.start({ services: ['api'], env });
}, 120_000);
afterAll(() => system?.stop());

const statuses = (replies: Reply[]) => replies.map(({ status }) => status);
const times = <T>(count: number, act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, act));
const read = (client: ApiClient) => client.call('GET', '/jobs');

/** Uses up the reads of the client's organisation. */
async function useUp(client: ApiClient): Promise<Reply> {
  for (;;) {
    const reply = await read(client);
    if (reply.status !== 200) return reply;
  }
}

describe('rate limits', () => {
  it('T10: of many calls at once the limit is answered, the rest is told which limit, and another organisation notices nothing', async () => {
    const client = system.client();
    const began = performance.now();
    const replies = await times(READS + 30, () => read(client));
    const refused = replies.filter(({ status }) => status === 429);
    const answered = statuses(replies).filter((status) => status === 200).length;
    expect(answered + refused.length).toBe(READS + 30);
    expect(answered).toBeGreaterThanOrEqual(READS);
    expect(answered).toBeLessThanOrEqual(READS + Math.floor(((performance.now() - began) / 60_000) * READS)); // on a slow machine the limit grows back meanwhile
    for (const { headers, body } of refused) {
      expect(body).toMatchObject({ code: 'rate_limited', status: 429, current: { limit: 'reads', of: 'organisation', per_minute: READS } });
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect([headers.get('ratelimit-limit'), headers.get('ratelimit-remaining')]).toEqual([String(READS), '0']);
    }
    expect(statuses(await times(READS, () => read(system.client())))).toEqual(Array(READS).fill(200));
  });

  it('T10: an answer says what remains, and a refused caller is let in again when he waited as he was told', async () => {
    const client = system.client();
    const first = await read(client);
    expect([first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining')]).toEqual([String(READS), String(READS - 1)]);
    const { headers } = await useUp(client);
    const wait = Number(headers.get('retry-after'));
    expect(wait).toBeLessThanOrEqual(60 / READS);
    await new Promise((resolve) => setTimeout(resolve, wait * 1_000));
    expect((await read(client)).status).toBe(200);
  });

  it('T10: a colleague has the same organisation, and limits of his own as a caller', async () => {
    const client = system.client();
    const colleague = system.client({ ...newPerson(), org: client.person.org });
    const write = (by: ApiClient) => by.call('POST', '/jobs', { type: 'mock_process' });
    for (const person of [client, colleague]) {
      const replies = [await write(person), await write(person), await write(person), await write(person)];
      expect(statuses(replies)).toEqual([200, 200, 200, 429]);
      expect(replies[3]?.body).toMatchObject({ current: { limit: 'writes', of: 'caller' } });
    }
    await useUp(client);
    expect((await read(colleague)).status).toBe(429);
  });

  it('T10: a key counts as a caller of its own', async () => {
    const client = system.client();
    const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'k', scopes: ['admin'] });
    const keyed = new ApiClient(system.baseUrl, client.person, key);
    const make = (by: ApiClient) => by.call('POST', '/jobs', { type: 'mock_process' });
    expect(statuses([await make(keyed), await make(keyed), await make(keyed), await make(keyed)])).toEqual([200, 200, 200, 429]);
    expect((await make(client)).status).toBe(200);
  });

  it('T10: classes do not use each other up, and a search is one of its own', async () => {
    const client = system.client();
    await useUp(client);
    expect((await client.call('POST', '/jobs', { type: 'mock_process' })).status).toBe(200);
    const search = () => client.call('POST', '/vectors/search', { query: 'x' });
    const [first, second] = [await search(), await search()];
    expect(first.status).not.toBe(429);
    expect(second).toMatchObject({ status: 429, body: { current: { limit: 'searches', of: 'organisation' } } });
  });

  it('T10: an upload too many is refused before its body has arrived', async () => {
    const client = system.client();
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: 'books' });
    const address = `/api/v2/collections/${id}/documents`;
    for (let at = 0; at < UPLOADS; at++) await client.ok('POST', address, { documents: [{ external_id: `${at}`, text: 'A text.' }] });
    const endless = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nabc')),
    });
    const answer = await fetch(system.baseUrl + address, {
      method: 'POST',
      headers: { authorization: `Bearer ${devToken(client.person)}`, 'content-type': 'multipart/form-data; boundary=X' },
      body: endless,
      duplex: 'half',
      signal: AbortSignal.timeout(20_000),
    } as RequestInit);
    expect([answer.status, await answer.json()]).toEqual([
      429,
      expect.objectContaining({ current: { limit: 'uploads', of: 'organisation', per_minute: UPLOADS } }),
    ]);
  });

  it('T10: a WebSocket counts as a read', async () => {
    const client = system.client();
    await useUp(client);
    const reading = readSocket(`${system.baseUrl}/events/ws`, { protocols: [`access_token.${devToken(client.person)}`] });
    await expect(reading).rejects.toMatchObject({ status: 429, body: expect.stringContaining('rate_limited') });
  });

  it('T10: probes, metrics and the description are never limited', async () => {
    for (const path of ['/healthz', '/readyz?for=traffic', '/metrics', '/openapi.json']) {
      const answers = await times(READS * 3, () => fetch(system.baseUrl + path));
      expect([path, new Set(answers.map(({ status }) => status))]).toEqual([path, new Set([200])]);
      expect(answers[0]?.headers.get('ratelimit-limit')).toBeNull();
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    }
  });

  it('T10: what was refused is counted by limit, and by nothing that grows', async () => {
    await useUp(system.client());
    const text = await (await fetch(`${system.baseUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('cairn_rate_limited_total{'));
    expect(lines.find((line) => line.includes('limit="reads",of="organisation"'))).toBeDefined();
    for (const line of lines) expect(line).toMatch(/^cairn_rate_limited_total\{limit="\w+",of="\w+",service="api"\} \d+$/);
  });
});

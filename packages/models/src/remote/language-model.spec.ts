import { afterEach, describe, expect, it } from '@jest/globals';
import { type Reply, StubProvider } from '../fixtures/stub-provider.js';
import { ProviderError } from './ask-provider.js';
import { LanguageModel, type LanguageModelSettings } from './language-model.js';

interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  temperature: number;
  max_tokens: number;
}

const said = (content: unknown): Reply => ({ status: 200, body: { choices: [{ message: { content } }], usage: { prompt_tokens: 7, completion_tokens: 3 } } });
const REQUEST = { system: 'Write.', user: '{"query":"x"}', mostTokens: 50, deadlineMs: 2_000, signal: new AbortController().signal };

let provider: StubProvider<Asked>;
const modelAt = async (reply: ConstructorParameters<typeof StubProvider<Asked>>[0], more: Partial<LanguageModelSettings> = {}) => {
  provider = new StubProvider(reply);
  return new LanguageModel({ url: await provider.listen(), model: 'a-model', ...more });
};
const failureOf = (model: LanguageModel, more: object = {}): Promise<ProviderError> =>
  model.write({ ...REQUEST, ...more }).then(
    () => Promise.reject(new Error('it answered')),
    (error) => error,
  );

afterEach(() => provider?.close());

describe('Q12: a language model at a provider', () => {
  it('is asked once, for its likeliest words and few of them, with the key in the header only', async () => {
    const model = await modelAt(() => said('A passage.'), { apiKey: 'secret' });
    expect(await model.write(REQUEST)).toEqual({ text: 'A passage.', tokens: { request: 7, answer: 3 } });
    expect(provider.asked).toHaveLength(1);
    expect(provider.asked[0]).toMatchObject({ path: '/v1/chat/completions', key: 'Bearer secret' });
    expect(provider.asked[0]?.body).toMatchObject({ model: 'a-model', temperature: 0, max_tokens: 50 });
    expect(provider.asked[0]?.body.messages).toEqual([
      { role: 'system', content: 'Write.' },
      { role: 'user', content: '{"query":"x"}' },
    ]);
    expect(JSON.stringify(provider.asked[0]?.body)).not.toContain('secret');
  });

  it('is asked once more when it is busy, and no sooner than it says', async () => {
    const model = await modelAt((_, count) => (count === 1 ? { status: 429, headers: { 'retry-after': '1' } } : said('A passage.')));
    const began = performance.now();
    expect((await model.write(REQUEST)).text).toBe('A passage.');
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(provider.asked).toHaveLength(2);
  });

  it.each([
    ['always broken', { status: 500 }, 'busy', 2],
    ['busy for longer than there is time', { status: 429, headers: { 'retry-after': '60' } }, 'busy', 1],
    ['a key that is refused', { status: 401, body: { error: { code: 'invalid_api_key' } } }, 'refuses_us', 1],
    ['a request that is refused', { status: 400, body: { error: { message: 'bad {"query":"x"}' } } }, 'refuses_request', 1],
    ['a page instead of JSON', { status: 200, body: '<html>' }, 'unusable', 1],
    ['no choices', { status: 200, body: { choices: [] } }, 'unusable', 1],
    ['no text', said(null), 'unusable', 1],
    ['an answer without an end', said('x'.repeat(300_000)), 'unusable', 1],
    ['another address', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'away', 2],
  ] as const)('%s is a failure that says what it is, and repeats no words of others', async (_, reply, fault, requests) => {
    const failure = await failureOf(await modelAt(() => reply as Reply));
    expect(failure).toBeInstanceOf(ProviderError);
    expect(failure.fault).toBe(fault);
    expect(failure.message).not.toContain('query');
    expect(provider.asked).toHaveLength(requests);
  });

  it('is given up at the deadline, which its second try has to keep, too', async () => {
    const hangs = await failureOf(await modelAt(() => new Promise(() => undefined)), { deadlineMs: 1_000 });
    expect([hangs.fault, provider.asked.length]).toEqual(['late', 1]);
    await provider.close();
    const model = await modelAt((_, count) => (count === 1 ? { status: 503 } : new Promise(() => undefined)));
    const began = performance.now();
    expect((await failureOf(model, { deadlineMs: 600 })).fault).toBe('late');
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(provider.asked).toHaveLength(2);
  });

  it('hears at once that nobody waits any more, and that is no failure of its own', async () => {
    const model = await modelAt(() => new Promise(() => undefined), { rest: { failures: 1, firstMs: 60_000, longestMs: 60_000 } });
    const leaving = new AbortController();
    const waiting = model.write({ ...REQUEST, signal: leaving.signal });
    await provider.wasAsked();
    leaving.abort(new Error('the caller has gone'));
    await expect(waiting).rejects.toThrow('the caller has gone');
    await provider.wasLeft();
    const again = model.write({ ...REQUEST, deadlineMs: 30 });
    await expect(again).rejects.toThrow('no answer within');
  });

  it('is left alone after failures in a row, but not for what it says of one request', async () => {
    const rest = { failures: 2, firstMs: 60_000, longestMs: 60_000 };
    for (const status of [400, 401]) {
      const refusing = await modelAt(() => ({ status }), { rest });
      for (let at = 0; at < 4; at++) await failureOf(refusing);
      expect(provider.asked).toHaveLength(4);
      await provider.close();
    }
    const slow = await modelAt(() => new Promise(() => undefined), { rest });
    for (let at = 0; at < 4; at++) expect((await failureOf(slow, { deadlineMs: 30, isHurried: true })).fault).toBe('late');
    await provider.close();
    const broken = await modelAt(() => ({ status: 500 }), { rest });
    for (let at = 0; at < 4; at++) expect((await failureOf(broken)).fault).toBe(at < 2 ? 'busy' : 'away');
    expect(provider.asked).toHaveLength(4);
  });
});

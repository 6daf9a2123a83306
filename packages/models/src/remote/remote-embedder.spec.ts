import { DependencyError, PermanentJobError } from '@cairn/common/contracts';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RemoteModel } from '../catalogue/model.js';
import { type AskedProvider, type Reply, StubProvider } from '../fixtures/stub-provider.js';
import type { RunReport } from '../runtime/lane.js';
import { RemoteEmbedder, type RemoteEmbedderOptions } from './remote-embedder.js';

interface Body {
  model: string;
  input: string[];
  encoding_format: string;
  dimensions?: number;
}

let server: StubProvider<Body>;
let asked: AskedProvider<Body>[];

async function provider(reply: ConstructorParameters<typeof StubProvider<Body>>[0]): Promise<string> {
  server = new StubProvider(reply);
  asked = server.asked;
  return server.listen();
}

/** The vector of a text: its length and the number of its place in the alphabet, so that each text has another one. */
const vectorOf = (text: string): number[] => [text.length, text.charCodeAt(0), 1];
const unit = (vector: number[]): number[] => vector.map((value) => Math.fround(value / Math.hypot(...vector)));
const base64 = (vector: number[]): string => Buffer.from(Float32Array.from(vector).buffer).toString('base64');
const ok = (texts: string[], write: (vector: number[]) => unknown = base64): Reply => ({
  status: 200,
  body: { data: texts.map((text, index) => ({ index, embedding: write(vectorOf(text)) })), usage: { prompt_tokens: texts.join('').length } },
});

const MODEL: RemoteModel = {
  kind: 'remote',
  id: 'our-name',
  aliases: [],
  version: 'v1',
  dimension: 3,
  url: '',
  remoteId: 'their-model',
  sendDimension: false,
  maxTokens: 100,
  queryPrefix: 'query: ',
  documentPrefix: '',
};

const embedder = (url: string, options: RemoteEmbedderOptions = {}, more: Partial<RemoteModel> = {}) =>
  new RemoteEmbedder({ ...MODEL, url, ...more }, { backoffMs: 1, restMs: 1, ...options });

afterEach(() => server.close());

describe('E17: a provider in OpenAI’s form', () => {
  it('is asked in parts and in its own words, and its vectors come in order and of length one', async () => {
    const url = await provider(({ body }) => {
      const reply = ok(body.input);
      (reply.body as { data: unknown[] }).data.reverse();
      return reply;
    });
    const texts = Array.from({ length: 150 }, (_, index) => 'x'.repeat(index + 1));
    const embeddings = await embedder(url, { apiKey: 'secret' }, { sendDimension: true }).embed(texts, 'document');
    for (const [at, { vector }] of embeddings.entries())
      expect([...vector].map((v, i) => Math.abs(v - (unit(vectorOf(texts[at] as string))[i] as number)) < 1e-6)).toEqual([true, true, true]);
    expect(asked.map(({ body }) => body.input.length)).toEqual([64, 64, 22]);
    expect(asked[0]).toMatchObject({ path: '/v1/embeddings', key: 'Bearer secret', body: { model: 'their-model', encoding_format: 'base64', dimensions: 3 } });
    expect(embeddings.map(({ tokens }) => tokens)).toEqual(texts.map(({ length }) => length));
  });

  it('may not know base64', async () => {
    const url = await provider(({ body }) => ok(body.input, (vector) => vector));
    const [one] = await embedder(url).embed(['abc'], 'document');
    expect(one).toMatchObject({ tokens: 3, readTokens: 3 });
    expect(one?.vector).toEqual(Float32Array.from(unit(vectorOf('abc'))));
    expect(asked[0]?.key).toBeUndefined();
  });

  it('gets queries with their prefix, and every request is told of', async () => {
    const url = await provider(({ body }, count) => (count === 1 ? { status: 500 } : ok(body.input)));
    const runs: RunReport[] = [];
    const remote = embedder(url, { onRun: (run) => runs.push(run) });
    await expect(remote.embed(['abc'], 'query')).rejects.toThrow('answered 500');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await remote.embed(['abc'], 'query');
    expect(asked[1]?.body.input).toEqual(['query: abc']);
    expect(runs).toMatchObject([
      { model: 'our-name', lane: 'queries', outcome: 'failed', texts: 1 },
      { model: 'our-name', lane: 'queries', outcome: 'done', texts: 1, tokens: 10 },
    ]);
  });

  it('is asked again when it is busy or broken, and no sooner than it says', async () => {
    const url = await provider(({ body }, count) =>
      count === 1 ? { status: 429, headers: { 'retry-after': '1' } } : count === 2 ? { status: 503 } : ok(body.input),
    );
    const began = performance.now();
    expect(await embedder(url).embed(['abc'], 'document')).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThanOrEqual(990);
    expect(asked).toHaveLength(3);
  });

  it.each([
    ['always busy', { status: 429 }, 4, /answered 429/],
    ['a key that is refused', { status: 401, body: { error: { code: 'invalid_api_key', message: 'no' } } }, 1, /401 \(invalid_api_key\).*key/],
    ['a model it does not have', { status: 404 }, 1, /404/],
    ['too few vectors', { status: 200, body: { data: [] } }, 1, /0 vectors for 1 texts/],
    ['vectors of another length', { status: 200, body: { data: [{ index: 0, embedding: [1, 2] }] } }, 1, /2 numbers, and the model is said to have 3/],
    ['a vector that is none', { status: 200, body: { data: [{ index: 0, embedding: [0, 0, 0] }] } }, 1, /no direction/],
    ['numbers that are none', { status: 200, body: { data: [{ index: 0, embedding: ['a', null, 1] }] } }, 1, /no direction/],
    ['a page instead of JSON', { status: 200, body: '<html>' }, 1, /it is no JSON$/],
    ['another address', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 1, /cannot be reached/],
    ['an answer without an end', { status: 200, body: `"${'x'.repeat(200_000)}"` }, 1, /longer than was asked for/],
  ])('%s is an outage, for which jobs wait', async (_, reply, requests, message) => {
    const url = await provider(() => reply as Reply);
    const failure = await embedder(url)
      .embed(['abc'], 'document')
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(DependencyError);
    expect((failure as Error).message).toMatch(message);
    expect(asked).toHaveLength(requests);
  });

  it('texts that it refuses are the job’s fault, and are not repeated in the error', async () => {
    const url = await provider(({ body }) => ({
      status: 400,
      body: { error: { type: 'invalid_request_error', message: `bad: ${body.input}`, code: body.input[0] } },
    }));
    const failure = await embedder(url)
      .embed(['a secret text'], 'document')
      .catch((error: Error) => error);
    expect(failure).toBeInstanceOf(PermanentJobError);
    expect((failure as Error).message).toContain('400 (invalid_request_error)');
    expect((failure as Error).message).not.toContain('secret');
  });

  it('one that failed is left alone for a moment, so that nothing waits for it', async () => {
    const url = await provider(({ body }, count) => (count <= 4 ? { status: 500 } : ok(body.input)));
    const remote = embedder(url, { restMs: 100 });
    await expect(remote.embed(['abc'], 'document')).rejects.toThrow('answered 500');
    await expect(remote.embed(['abc'], 'document')).rejects.toThrow('left alone');
    expect(asked).toHaveLength(4);
    await new Promise((resolve) => setTimeout(resolve, 110));
    expect(await remote.embed(['abc'], 'document')).toHaveLength(1);
  });

  it('one that hangs is given up, and a caller who leaves is not waited for', async () => {
    const url = await provider(() => new Promise(() => undefined));
    await expect(embedder(url, { timeoutMs: 50 }).embed(['abc'], 'document')).rejects.toThrow('no answer within 0.05 s');
    const leaving = new AbortController();
    const waiting = embedder(url).embed(['abc'], 'document', { signal: leaving.signal });
    leaving.abort(new Error('the lease is lost'));
    await expect(waiting).rejects.toThrow('the lease is lost');
  });
});

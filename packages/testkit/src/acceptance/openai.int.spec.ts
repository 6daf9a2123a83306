import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import OpenAI from 'openai';
import { type ApiClient, devToken } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(60_000);

const DIMENSION = 384;
const TEXTS = ['The ferry leaves at noon.', 'Le bac part à midi. 🙂', 'ERR-4711'];

let system: TestSystem;
let client: ApiClient;
let openai: OpenAI;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  const { key } = await client.ok<{ key: string }>('POST', '/api-keys', { name: 'openai', scopes: ['read'] });
  openai = new OpenAI({ apiKey: key, baseURL: `${system.baseUrl}/v1`, maxRetries: 0 });
  await until('a model to be there', async () => (await openai.models.list()).data.length > 0);
}, 90_000);
afterAll(() => system?.stop());

const lengthOf = (vector: number[]) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
const embed = (input: string | string[], more: object = {}) => openai.embeddings.create({ model: 'default', input, ...more });

describe('the official openai client, unchanged', () => {
  it('E17: gets a vector for a text and for each of a list, in order', async () => {
    const one = await embed(TEXTS[0] as string);
    expect(one).toMatchObject({ object: 'list', model: 'all-MiniLM-L6-v2', data: [{ object: 'embedding', index: 0 }] });
    const many = await embed(TEXTS);
    expect(many.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(many.data[0]?.embedding).toEqual(one.data[0]?.embedding);
    for (const { embedding } of many.data) expect([embedding.length, lengthOf(embedding)]).toEqual([DIMENSION, expect.closeTo(1, 5)]);
  });

  it('E17: floats and base64 are the same numbers', async () => {
    const floats = await embed(TEXTS, { encoding_format: 'float' });
    const base64 = await embed(TEXTS, { encoding_format: 'base64' });
    const decoded = base64.data.map(({ embedding }) => {
      const bytes = Buffer.from(embedding as unknown as string, 'base64');
      return Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, DIMENSION));
    });
    expect(decoded).toEqual(floats.data.map(({ embedding }) => embedding));
  });

  it('E17: the vector is the one that a search of the same model compares with', async () => {
    const { result } = await client.done(await client.embed('asset', 'segment', TEXTS[0] as string));
    const { vector } = await client.ok<{ vector: number[] }>('GET', `/vectors/${result?.point_id}?vector=true`);
    const made = (await embed(TEXTS[0] as string)).data[0]?.embedding as number[];
    expect(Math.max(...vector.map((value, at) => Math.abs(value - (made[at] as number))))).toBeLessThanOrEqual(1e-5);
  });

  it('E5: counts the tokens that were read, and says what was cut', async () => {
    const answer = (await embed(['word '.repeat(600), 'word'])) as unknown as { usage: object; truncated: object[] };
    expect(answer.usage).toEqual({ prompt_tokens: 256 + 3, total_tokens: 256 + 3 });
    expect(answer.truncated).toEqual([{ index: 0, tokens: 602, read_tokens: 256 }]);
    expect(await embed('word')).not.toHaveProperty('truncated');
  });

  it('E17: two thousand texts are answered in order', async () => {
    const texts = Array.from({ length: 2_000 }, (_, at) => `text ${at % 500}`);
    const { data } = await embed(texts);
    expect(data).toHaveLength(2_000);
    for (const at of [0, 63, 64, 499]) expect(data[at]?.embedding).toEqual(data[at + 500]?.embedding);
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
  });

  it('E3: lists the models and finds one by its alias', async () => {
    expect((await openai.models.list()).data).toMatchObject([{ id: 'all-MiniLM-L6-v2', object: 'model', owned_by: 'sentence-transformers/all-MiniLM-L6-v2' }]);
    expect(await openai.models.retrieve('sentence-transformers/all-MiniLM-L6-v2')).toMatchObject({ id: 'all-MiniLM-L6-v2', dimensions: 384, max_tokens: 256 });
  });
});

describe('reranking', () => {
  const DOCUMENTS = ['The harbour has two cranes.', 'Ferries leave for the island at noon and at six.', 'Bread is made of flour.'];
  type Ranking = { model: string; results: { index: number; relevance_score: number; document?: { text: string } }[] };
  const rerank = (body: object) => client.call<Ranking>('POST', '/v1/rerank', body);

  it('V9: orders texts by how well they answer, by the vectors of their tokens', async () => {
    const { status, body } = await rerank({ query: 'when does the boat to the island go?', documents: DOCUMENTS });
    expect([status, body.model, body.results.map(({ index }) => index)]).toEqual([200, 'all-MiniLM-L6-v2', [1, 0, 2]]);
    const scores = body.results.map(({ relevance_score }) => relevance_score);
    expect(scores.every((score) => score > -1 && score <= 1)).toBe(true);
  });

  it('V9: a text’s score does not depend on the others', async () => {
    const query = 'cranes';
    const together = (await rerank({ query, documents: [...DOCUMENTS, 'word '.repeat(400)] })).body.results;
    for (const [index, text] of DOCUMENTS.entries()) {
      const [alone] = (await rerank({ query, documents: [text] })).body.results;
      expect(together.find((one) => one.index === index)?.relevance_score).toBeCloseTo(alone?.relevance_score as number, 5);
    }
  });

  it('gives only the best when asked, with their texts', async () => {
    const { body } = await rerank({ query: 'what is bread made of?', documents: DOCUMENTS, top_n: 1, return_documents: true });
    expect(body.results).toEqual([{ index: 2, relevance_score: expect.any(Number), document: { text: DOCUMENTS[2] } }]);
  });

  it.each([{ query: 'q', documents: [] }, { query: 'q', documents: [''] }, { documents: ['a'] }, { query: 'q', documents: Array(201).fill('a') }])(
    'a request that is not right is refused (%#)',
    async (body) => {
      expect((await rerank(body)).status).toBe(422);
    },
  );
});

describe('its errors are those that the client knows', () => {
  const refusal = async (work: Promise<unknown>) =>
    (await work.then(
      () => 'answered',
      (error: unknown) => error,
    )) as InstanceType<typeof OpenAI.APIError>;

  it('E3: an unknown model', async () => {
    const error = await refusal(openai.embeddings.create({ model: 'text-embedding-3-small', input: 'a' }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, code: 'unknown_model', type: 'invalid_request_error' });
    expect(error.message).toContain('all-MiniLM-L6-v2');
  });

  it('a dimension that the model was not trained for', async () => {
    const error = await refusal(embed('a', { dimensions: 100 }));
    expect(error).toMatchObject({ status: 422, param: 'dimensions', message: expect.stringContaining('dimensions can be 384') });
    expect((await embed('a', { dimensions: 384 })).data[0]?.embedding).toHaveLength(384);
  });

  it.each([
    ['an empty text', ''],
    ['an empty list', []],
    ['an empty text in a list', ['a', '']],
    ['token ids', [1, 2, 3]],
    ['too many texts', Array.from({ length: 2_049 }, () => 'a')],
    ['a NUL character', 'a\0b'],
  ])('%s', async (_, input) => {
    const error = await refusal(embed(input as string[]));
    expect(error).toMatchObject({ status: 422, type: 'invalid_request_error', param: expect.stringMatching(/^input/) });
  });

  it('a key that is not valid', async () => {
    const stranger = new OpenAI({ apiKey: 'ck_not_a_key', baseURL: `${system.baseUrl}/v1`, maxRetries: 0 });
    expect(await refusal(stranger.models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
  });

  it('an address that is not there', async () => {
    expect(await refusal(openai.models.retrieve('gpt-9'))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('the same body is a problem for everybody else', async () => {
    const { status, body, headers } = await client.call('POST', '/v1/embeddings', { input: 'a', model: 'gpt-9' });
    expect([status, headers.get('content-type'), body.code]).toEqual([400, 'application/problem+json; charset=utf-8', 'unknown_model']);
    expect(body.reference).toBe(headers.get('x-correlation-id'));
  });

  it('a token of an organisation works as well as a key', async () => {
    const own = new OpenAI({ apiKey: devToken(client.person), baseURL: `${system.baseUrl}/v1`, maxRetries: 0 });
    expect((await own.embeddings.create({ model: 'default', input: 'a' })).data).toHaveLength(1);
  });
});
